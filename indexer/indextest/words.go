package indextest

import (
	"fmt"
	"testing"

	"samsyn/indexer"
)

func testWords(t *testing.T, b *bench) {
	b.write(
		record(1, "Fjordvikbygg trenger tilbud på takrenner"),
		record(2, "Takstein levert hos Solvik", titled("Leveranse")),
		record(3, "Ingen ord her", func(d *indexer.Doc) { d.Quoted = "gamle takrenner" }),
	)
	b.finds("takrenner", "r1", "r3")
	b.finds("TAKRENNER", "r1", "r3")
	b.finds("takrenner tilbud", "r1")
	b.finds("ta", "r1", "r2", "r3") // as one types
	b.finds("tak", "r1", "r2", "r3")
	b.finds("takre", "r1", "r3")
	b.finds("fjordvik", "r1") // the beginning of a compound word
	b.finds("tilbud fjo", "r1")
	if res := b.search(indexer.Query{Text: "fjo tilbud"}); !res.Loose {
		t.Errorf("only the last word may be unfinished, yet %v have all of \"fjo tilbud\"", res.Hits)
	}
	b.finds("lever", "r2")
	b.finds("solvik l", "r2") // a letter just begun takes nothing away
	b.finds("", "r1", "r2", "r3")
	b.finds("xyzzy")
	b.finds("!?", "r1", "r2", "r3") // asks for nothing
}

// testManyWords: however many words begin with what is typed, all of them are found.
func testManyWords(t *testing.T, b *bench) {
	var docs []indexer.Doc
	for n := range 1_300 {
		docs = append(docs, record(n+1, fmt.Sprintf("ab%c%c%c", 'a'+n/676, 'a'+n/26%26, 'a'+n%26)))
	}
	b.write(docs...)
	for _, typed := range []string{"a", "ab"} {
		if got := b.search(indexer.Query{Text: typed}).Total; got != len(docs) {
			t.Errorf("search %q found %d of %d", typed, got, len(docs))
		}
	}
	if got := b.search(indexer.Query{Text: "aba"}).Total; got != 676 {
		t.Errorf("search %q found %d, want 676", "aba", got)
	}
}

func testNordic(t *testing.T, b *bench) {
	b.write(
		record(1, "Ødegård"), record(2, "Odegard"), record(3, "Oedegaard"), record(4, "ÖDEGÅRD"),
		record(5, "Blåbærsyltetøy"), record(6, "Hämäläinen"), record(7, "Aarhus"), record(8, "Århus"),
		record(9, "O\u0308degA\u030Ard"), // letters and accents apart, as some systems write them
	)
	for _, typed := range []string{"odegard", "ødegård", "oedegaard", "Ødegård", "ÖDEGÅRD", "ødegaard", "öde", "oede", "ode"} {
		b.finds(typed, "r1", "r2", "r3", "r4", "r9")
	}
	for _, typed := range []string{"blåbærsyltetøy", "blabarsyltetoy", "blaabaersyltetoey", "BLÅBÄR", "blabae"} {
		b.finds(typed, "r5")
	}
	for _, typed := range []string{"Hämäläinen", "hamalainen", "haemaelaeinen", "hämä"} {
		b.finds(typed, "r6")
	}
	for _, typed := range []string{"århus", "aarhus", "arhus", "åR"} {
		b.finds(typed, "r7", "r8")
	}
}

func testSpelling(t *testing.T, b *bench) {
	b.write(record(1, "Ødegård", at(day(1))), record(2, "Odegard", at(day(2))), record(3, "Oedegaard", at(day(3))))
	for typed, first := range map[string]string{
		"ødegård": "r1", "Ødegård": "r1", "odegard": "r2", "oedegaard": "r3", "OEDEGAARD": "r3", "øde": "r1",
	} {
		if got := b.search(indexer.Query{Text: typed}).Hits; len(got) != 3 || got[0] != first {
			t.Errorf("search %q found %v, want three with %s first", typed, got, first)
		}
	}
}

func testTypos(t *testing.T, b *bench) {
	b.write(record(1, "Fjordvik"), record(2, "Byggmester Solberg"), record(3, "faktura 10045"), record(4, "Håkonsen"), record(5, "Moss"))
	for typed, want := range map[string]string{
		"fjordvk": "r1", "fjorvdik": "r1", "fjoordvik": "r1", "fjirdvik ": "r1", "fjodrv": "r1",
		"jordvik": "r1", "ffordvik": "r1", // the first letter, too
		"bygmester": "r2", "byggmeester solbreg": "r2", "bygmesetr ": "r2", "hakonsn": "r4", "hækonsen": "r4",
	} {
		b.finds(typed, want)
	}
	b.finds("10046") // a number is right or wrong
	b.finds("10054")
	b.finds("mo s")      // short words are meant as typed
	b.finds(`"fjordvk"`) // and so are quoted ones
}

func testNumbers(t *testing.T, b *bench) {
	number := func(n int, raw string) indexer.Doc {
		return record(n, "ordre", func(d *indexer.Doc) { d.Numbers = indexer.NumberForms(raw) })
	}
	b.write(number(1, "923 609 016"), number(2, "+47 22 86 44 00"), number(3, "F46253879"),
		number(4, "556016-0680"), number(5, "kari@fjordvik.no"), number(6, "KF-2024-1031"), number(7, "08-123 456 78"),
		record(8, "mellom 22 og 86, 44 og 00"))
	for typed, want := range map[string]string{
		"923609016": "r1", "923 609 016": "r1", "NO923609016MVA": "r1", "NO 923 609 016 MVA": "r1", "923.609.016": "r1", "9236090": "r1",
		"+47 22 86 44 00": "r2", "22864400": "r2", "004722864400": "r2", "+4722864400": "r2", "228644": "r2",
		"F46253879": "r3", "f46253879": "r3", "46253879": "r3",
		"556016-0680": "r4", "5560160680": "r4", "SE556016068001": "r4",
		"kari@fjordvik.no": "r5", "KARI@fjordvik.no": "r5", "kari@fjord": "r5",
		"KF-2024-1031": "r6", "KF20241031": "r6",
		"+46 8 123 456 78": "r7", "0812345678": "r7", "ordre 923 609 016": "r1",
	} {
		b.finds(typed, want)
	}
	b.ranks("22 86 44 00", "r2", "r8") // the number before its parts
	b.finds("923609017")
}

func testPhrases(t *testing.T, b *bench) {
	b.write(record(1, "varm suppe og kald øl"), record(2, "kald suppe og varm øl"), record(3, "suppe, varm"))
	b.finds("varm suppe", "r1", "r2", "r3")
	b.finds(`"varm suppe"`, "r1")
	b.finds(`"suppe og varm"`, "r2")
	b.finds(`"kald oel"`, "r1")
	b.finds(`øl "varm suppe"`, "r1")
	b.finds(`"varm suppe" kal`, "r1")
	b.finds(`"og suppe"`)
	b.finds(`"varm suppe`, "r1", "r2", "r3") // not closed: two words
}

func testMissingWords(t *testing.T, b *bench) {
	b.write(record(1, "tilbud på betong"), record(2, "tilbud på armering"), record(3, "purring"))
	b.finds("tilbud betong", "r1")
	res := b.search(indexer.Query{Text: "tilbud på granitt"})
	if !res.Loose || res.Total != 2 || len(res.Hits) != 2 {
		t.Errorf("one word of three is nowhere: got %v, loose %v; want r1 and r2, loose", res.Hits, res.Loose)
	}
	if res := b.search(indexer.Query{Text: "tilbud betong"}); res.Loose {
		t.Error("all words were found, yet the result says that one is missing")
	}
	b.finds("marmor granitt")
	if res := b.search(indexer.Query{Text: "tilbud granitt p"}); !res.Loose || res.Total != 2 {
		t.Errorf("with a letter just begun: got %v, loose %v; want r1 and r2, loose", res.Hits, res.Loose)
	}
}

func testRanking(t *testing.T, b *bench) {
	b.write(
		record(1, "referat fra møte med solvik", at(day(9))),
		record(2, "noe annet", named("Solvik Eiendom"), at(day(1))),
		record(3, "noe annet", titled("Solvik ringte"), at(day(2))),
		record(4, "sak om solvik", at(day(5))),
		record(5, "sak om solvika", at(day(20))),
	)
	b.ranks("solvik", "r2", "r3", "r1", "r4", "r5") // name, title, text; the whole word first, the newest of equals
	b.ranks("sak solvik", "r4", "r5")
	b.ranks("solvi", "r2", "r3", "r5", "r1", "r4")
}

func testCustomers(t *testing.T, b *bench) {
	b.write(
		face("c1", "sales", "Solvik Eiendom AS", "Solvik"), face("c1", "finance", "SOLVIK EIENDOM"),
		face("c2", "sales", "Solvik Eiendom Nord AS"), face("c3", "sales", "Ødegård Bygg"), face("c4", "sales", "Odegard Transport"),
		face("c5", "sales", "Fjordvik Rør og Varmepumper Nordre AS"), face("c6", "sales", "Nordre Fjordvik Rør og Varmepumper AS"),
		face("c7", "sales", "Langnavnet Bygg Nord AB"), face("c8", "sales", "Langnavnet Bygg Nord AS"),
		record(1, "brev til Solvik Eiendom"),
	)
	customers := func(text string, limit int, want ...string) {
		t.Helper()
		res := b.search(indexer.Query{Text: text, Customers: limit})
		if fmtIDs(res.Customers) != fmtIDs(want) {
			t.Errorf("search %q found customers %v, want %v", text, res.Customers, want)
		}
		for _, id := range res.Hits {
			if id[0] != 'r' {
				t.Errorf("search %q shows %s among the records", text, id)
			}
		}
	}
	customers("solvik eiendom", 10, "c1", "c2") // the whole name first
	customers("solvik", 10, "c1", "c2")
	customers("solvik", 1, "c1")
	customers("solvik eiendom n", 10, "c2", "c1")
	for _, text := range []string{"s", "so", "sol"} {
		if got := b.search(indexer.Query{Text: text, Customers: 10}).Customers; len(got) != 2 {
			t.Errorf("search %q found customers %v, want c1 and c2", text, got)
		}
	}
	for _, text := range []string{"fjordvik r", "fjordvik rør og var", "fjordvik rør og varmepumper"} {
		customers(text, 10, "c5", "c6") // the beginning of a name first, however long
	}
	customers("langnavnet bygg nord ab", 10, "c7") // a letter makes another company of it
	customers("langnavnet bygg nord a", 10, "c8", "c7")
	customers("ødegård", 10, "c3", "c4")
	customers("odegard", 10, "c4", "c3")
	customers("solvk eiendm nord", 10, "c2")
	customers("ødegård faktura", 10, "c3", "c4") // the name is enough to recognise the customer
	customers("", 10)
}
