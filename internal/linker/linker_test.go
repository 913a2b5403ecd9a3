package linker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// row makes a row from "kind value" pairs.
func row(idents ...string) *hub.Content {
	c := &hub.Content{Kind: hub.KindRow}
	for _, s := range idents {
		kind, value, _ := strings.Cut(s, " ")
		c.Idents = append(c.Idents, hub.Ident{Kind: kind, Value: value, Place: "B " + kind})
	}
	return c
}

// mailFrom makes a mail from a sender; more are idents as "role kind value".
func mailFrom(id, sender string, more ...string) *hub.Content {
	c := &hub.Content{Kind: hub.KindMail, Idents: []hub.Ident{
		{Kind: hub.IdentMessageID, Value: id, Place: "Message-ID"}, {Kind: hub.IdentEmail, Value: sender, Role: hub.RoleFrom, Place: "From"}}}
	for _, s := range more {
		p := strings.SplitN(s, " ", 3)
		c.Idents = append(c.Idents, hub.Ident{Kind: p[1], Value: p[2], Role: p[0], Place: p[0]})
	}
	return c
}

func newTestBench(t *testing.T) *bench {
	b := newBench(t, openSQLite(t))
	b.sources(t, worldSources)
	return b
}

type rows = map[string]*hub.Content

// linked returns the customers of a record, main one first.
func (b *bench) linked(t testing.TB, name string) []hub.CustomerID {
	var out []hub.CustomerID
	for _, k := range b.links(t, name) {
		if !k.Suggested {
			out = append(out, k.Customer)
		}
	}
	return out
}

func (b *bench) links(t rapid.TB, name string) (out []hub.Link) {
	err := b.st.EachRecord(context.Background(), func(r *hub.Record) error {
		if r.SourceName+"/"+r.Key == name {
			out = r.Links
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// together checks that all the records have the same one customer.
func (b *bench) together(t *testing.T, names ...string) hub.CustomerID {
	t.Helper()
	first := b.linked(t, names[0])
	for _, name := range names {
		if got := b.linked(t, name); len(got) != 1 || !slices.Equal(got, first) {
			t.Fatalf("%s is linked to %v, %s to %v", name, got, names[0], first)
		}
	}
	return first[0]
}

func (b *bench) decide(t *testing.T, kind string, a, c map[string]string) int64 {
	t.Helper()
	id, err := b.st.AddDecision(context.Background(), hub.Decision{Kind: kind, A: a, B: c, By: "kari", Why: "vet det"})
	if err != nil {
		t.Fatal(err)
	}
	b.follow(t)
	return id
}

func (b *bench) revoke(t *testing.T, id int64) {
	t.Helper()
	if err := b.st.RevokeDecision(context.Background(), "kari", id); err != nil {
		t.Fatal(err)
	}
	b.follow(t)
}

// A row that is not believed about its organisation number, because the other
// rows with that number say otherwise, is believed once they are gone.
func TestBelievedOnceTheOthersAreGone(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "lager", rows{
		"k0": row("orgno 831865741", "name Solvik Eiendom II", "email faktura@hub.no", "place Bergen"),
		"k1": row("orgno 2077474-0", "custno 10047", "place Bergen"),
		"k2": row("orgno 974760673", "custno 10047", "name Solvik Eiendom II", "email faktura@hub.no"),
		"k3": row("orgno 974760673", "custno 10046", "name Fjordvik Bygg AS", "email per@gmail.com", "phone +46 8 123 456 78"),
	})
	b.follow(t)
	if got := b.linked(t, "lager/k3"); got != nil {
		t.Fatalf("the row is believed: it is linked to %v", got)
	}
	b.write(t, "lager", rows{"k0": nil, "k1": nil, "k2": nil})
	b.follow(t)
	if got := b.linked(t, "lager/k3"); len(got) != 1 {
		t.Errorf("the row is linked to %v, want a customer of its own", got)
	}
}

// Companies of one name in different legal forms are different companies,
// though they share persons and town, and though one's rows also leave the form
// out.
func TestOtherFormStaysApart(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{
		"as":  row("orgno 923609016", "name Kvitrud Rør AS", "person Kari Lunde", "place Hamar", "email kari@kvitrud-ror.no"),
		"as2": row("orgno 923609016", "name Kvitrud Rør", "person Kari Lunde", "place Hamar"),
	})
	b.write(t, "lager", rows{
		"ans":  row("custno 7", "name Kvitrud Rør ANS", "person Kari Lunde", "place Hamar"),
		"bare": row("custno 7", "name Kvitrud Rør", "person Kari Lunde", "place Hamar"),
	})
	b.follow(t)
	id := b.together(t, "salg/as", "salg/as2")
	for _, name := range []string{"lager/ans", "lager/bare"} {
		if got := b.linked(t, name); slices.Contains(got, id) {
			t.Errorf("%s is linked to the company of the other form", name)
		}
	}
}

// A register that comes after the mails links them; withdrawn, it leaves no trace.
func TestRegisterAfterMails(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no"), "reply": mailFrom("2@x", "vi@nordlys.no", " reply 1@x")})
	b.follow(t)
	if got := b.linked(t, "post/m"); got != nil {
		t.Fatalf("a mail alone founded %v", got)
	}
	b.write(t, "salg", rows{"r": row("orgno 923609016", "name Fjordvik Bygg AS", "email post@fjordvik.no")})
	b.follow(t)
	id := b.together(t, "salg/r", "post/m", "post/reply")
	b.write(t, "salg", rows{"r": nil})
	b.follow(t)
	if got := b.linked(t, "post/m"); got != nil {
		t.Errorf("the mail is linked to %v without the register", got)
	}
	if _, err := b.st.Living(context.Background(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a customer without records lives: %v", err)
	}
	b.write(t, "salg", rows{"r": row("orgno 923609016", "name Fjordvik Bygg AS", "email post@fjordvik.no")})
	b.follow(t)
	if again := b.together(t, "salg/r", "post/m"); again != id {
		t.Errorf("the customer came back as %s, it was %s", again, id)
	}
}

// A customer that began with a customer number is merged into the one with the
// organisation number when that comes, and is itself again when it goes.
func TestCustomerNumberFindsItsOrganisation(t *testing.T) {
	b := newTestBench(t)
	ctx := context.Background()
	b.write(t, "lager", rows{"a": row("custno 10045", "name Fjordvik Bygg AS", "phone +47 22 86 44 00"), "b": row("custno 10045")})
	b.follow(t)
	own := b.together(t, "lager/a", "lager/b")
	b.write(t, "salg", rows{"r": row("orgno 923609016", "name Fjordvik Bygg A/S", "phone 22864400")})
	b.follow(t)
	org := b.together(t, "salg/r", "lager/a", "lager/b")
	if living, err := b.st.Living(ctx, own); err != nil || living != org {
		t.Errorf("%s lives on as %s (%v), want %s", own, living, err, org)
	}
	b.write(t, "salg", rows{"r": nil})
	b.follow(t)
	if again := b.together(t, "lager/a", "lager/b"); again != own {
		t.Errorf("back to %s, it was %s", again, own)
	}
}

func TestMustLinkMergesAndIsUndone(t *testing.T) {
	b := newTestBench(t)
	ctx := context.Background()
	b.write(t, "salg", rows{"a": row("orgno 923609016", "name Fjordvik Bygg AS")})
	b.follow(t)
	b.write(t, "salg", rows{"b": row("orgno 974760673", "name Fjordvik Drift AS")})
	b.follow(t)
	older, younger := b.together(t, "salg/a"), b.together(t, "salg/b")
	id := b.decide(t, "must-link", map[string]string{"orgno": "974 760 673"}, map[string]string{"orgno": "923609016"})
	if got := b.together(t, "salg/a", "salg/b"); got != older {
		t.Errorf("merged into %s, the older is %s", got, older)
	}
	if living, err := b.st.Living(ctx, younger); err != nil || living != older {
		t.Errorf("the younger lives on as %s (%v), want %s", living, err, older)
	}
	b.revoke(t, id)
	if a, c := b.together(t, "salg/a"), b.together(t, "salg/b"); a != older || c != younger {
		t.Errorf("undone to %s and %s, they were %s and %s", a, c, older, younger)
	}
	if err := b.st.RevokeDecision(ctx, "kari", id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("revoked twice: %v", err)
	}
}

func TestCannotLink(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"r": row("orgno 923609016", "email kari@fjordvik.no"), "s": row("orgno 923609016", "name Fjordvik")})
	b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no"), "n": mailFrom("2@x", "kari@fjordvik.no")})
	b.follow(t)
	customer := b.together(t, "salg/r", "post/m", "post/n")
	ident, err := b.st.IdentOfCustomer(context.Background(), customer)
	if err != nil {
		t.Fatal(err)
	}
	one := b.decide(t, "cannot-link", map[string]string{"message_id": "1@x"}, ident)
	two := b.decide(t, "cannot-link", map[string]string{"record": "s", "source": "salg"}, ident)
	for _, name := range []string{"post/m", "salg/s"} {
		if got := b.linked(t, name); got != nil {
			t.Errorf("%s is linked to %v against the decision", name, got)
		}
	}
	b.together(t, "salg/r", "post/n")
	b.revoke(t, one)
	b.revoke(t, two)
	b.together(t, "salg/r", "salg/s", "post/m", "post/n")
}

// What people contradict each other about stays apart and binds nothing else.
func TestContradictingDecisions(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"a": row("orgno 923609016"), "b": row("orgno 974760673"), "c": row("orgno 831865741")})
	b.decide(t, "must-link", map[string]string{"orgno": "923609016"}, map[string]string{"orgno": "974760673"})
	b.decide(t, "must-link", map[string]string{"orgno": "974760673"}, map[string]string{"orgno": "831865741"})
	b.together(t, "salg/a", "salg/b", "salg/c")
	b.decide(t, "cannot-link", map[string]string{"orgno": "923609016"}, map[string]string{"orgno": "831865741"})
	seen := map[hub.CustomerID]bool{b.together(t, "salg/a"): true, b.together(t, "salg/b"): true, b.together(t, "salg/c"): true}
	if len(seen) != 3 {
		t.Errorf("a frozen class has the customers %v", slices.Sorted(maps.Keys(seen)))
	}
}

func TestBadDecisions(t *testing.T) {
	b := newTestBench(t)
	orgno := map[string]string{"orgno": "923609016"}
	for _, d := range []hub.Decision{
		{Kind: "must-link", A: orgno, B: map[string]string{"orgno": "923609017"}},
		{Kind: "must-link", A: orgno, B: map[string]string{"custno": "10045"}},
		{Kind: "must-link", A: orgno, B: map[string]string{"custno": "10045", "source": "arkiv"}},
		{Kind: "must-link", A: orgno, B: map[string]string{"email": "kari"}},
		{Kind: "must-link", A: orgno, B: map[string]string{"email": "kari@fjordvik.no", "phone": "+4722864400"}},
		{Kind: "must-link", A: orgno},
		{Kind: "perhaps", A: orgno, B: orgno},
	} {
		if _, err := b.st.AddDecision(context.Background(), d); !errors.Is(err, store.ErrDecision) {
			t.Errorf("%v was taken: %v", d, err)
		}
	}
}

// Keys that many share lead to nobody: none of these may fuse customers.
func TestNothingFuses(t *testing.T) {
	b := newTestBench(t)
	numbers := []string{"923609016", "974760673", "831865741", "807217917"}
	all := rows{}
	for i, n := range numbers {
		all["hub"+n] = row("orgno "+n, "name Firma "+strings.Repeat("x", i+1)+" AS", "email faktura@hub.no", "phone +47 22 86 44 00")
	}
	all["two"] = row("orgno "+numbers[0], "orgno "+numbers[1], "name Regnskapsbyrået AS")
	all["nameless"] = row("name IKKE TILGJENGELIG", "email faktura@hub.no")
	all["person"] = row("orgno 811228-9874", "email faktura@hub.no")
	b.write(t, "salg", all)
	b.write(t, "post", rows{"m": mailFrom("1@x", "faktura@hub.no")})
	b.follow(t)
	seen := map[hub.CustomerID]bool{}
	for _, n := range numbers {
		seen[b.together(t, "salg/hub"+n)] = true
	}
	if len(seen) != len(numbers) {
		t.Errorf("%d numbers have %d customers", len(numbers), len(seen))
	}
	for _, name := range []string{"salg/nameless", "salg/person", "post/m"} {
		if got := b.linked(t, name); got != nil {
			t.Errorf("%s is linked to %v", name, got)
		}
	}
	if two := b.linked(t, "salg/two"); len(two) > 0 && seen[two[0]] {
		t.Errorf("a row with two numbers is linked to %v", two)
	}
}

// A number copied from the next line neither links nor teaches.
func TestForeignNumber(t *testing.T) {
	b := newTestBench(t)
	fjordvik := []string{"orgno 923609016", "custno 1", "name Fjordvik Bygg AS", "email kari@fjordvik.no"}
	ekeberg := []string{"orgno 974760673", "custno 2", "name Ekeberg Data AS", "email per@ekeberg.no"}
	wrong := append([]string{"orgno 974760673"}, fjordvik[1:]...)
	b.write(t, "salg", rows{"f1": row(fjordvik...), "f2": row(fjordvik...), "e1": row(ekeberg...), "e2": row(ekeberg...), "wrong": row(wrong...)})
	b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no")})
	b.follow(t)
	right, other := b.together(t, "salg/f1", "salg/f2", "post/m"), b.together(t, "salg/e1", "salg/e2")
	if got := b.linked(t, "salg/wrong"); got != nil || right == other {
		t.Errorf("the wrong row is linked to %v", got)
	}
	if ls := b.links(t, "salg/wrong"); len(ls) != 2 || ls[0].Customer != right || ls[1].Customer != other {
		t.Errorf("the wrong row suggests %v, want %s then %s", ls, right, other)
	}
	for department, want := range map[string]int{"salg": 1, "lager": 0} {
		open, err := b.st.Questions(context.Background(), hub.Viewer{Departments: []string{department}}, false)
		if err != nil || len(open) != want {
			t.Errorf("%s is asked %v, %v", department, open, err)
		}
	}
}

// A face tells what its own department knows, and nothing else.
func TestFacesKeepToTheirDepartment(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"r": row("orgno 923609016", "name Fjordvik Bygg AS", "email kari@fjordvik.no", "custno 10045")})
	b.write(t, "support", rows{"r": row("email kari@fjordvik.no", "name FJORDVIK BYGG"), "s": row("email ola@fjordvik.no", "name Fjordvik bygg as"), "u": row("email ola@fjordvik.no", "name Fjordvik bygg as")})
	b.follow(t)
	id := b.together(t, "salg/r", "support/r", "support/s", "support/u")
	found, err := b.st.CustomersByID(context.Background(), hub.Viewer{Departments: []string{"support"}}, []hub.CustomerID{id})
	if err != nil || len(found[id].Faces) != 1 {
		t.Fatal(found, err)
	}
	want := hub.Face{Department: "support", Name: "Fjordvik bygg as", Named: true, Names: []string{"FJORDVIK BYGG"}, Records: 3,
		Idents: []hub.Ident{{Kind: "web", Value: "fjordvik.no"}, {Kind: "email", Value: "ola@fjordvik.no"}, {Kind: "email", Value: "kari@fjordvik.no"}}}
	got, _ := json.Marshal(found[id].Faces[0])
	if text, _ := json.Marshal(want); !bytes.Equal(got, text) {
		t.Errorf("the face is\n%s, want\n%s", got, text)
	}
}

// A source that takes another name and department keeps its links, and what it
// knows moves to its new department.
func TestSourceMoves(t *testing.T) {
	b := newTestBench(t)
	ctx := context.Background()
	b.write(t, "lager", rows{"a": row("custno 10045", "name Fjordvik Bygg AS"), "b": row("custno 10045")})
	b.follow(t)
	id := b.together(t, "lager/a", "lager/b")
	src, err := b.st.SourceByName(ctx, "lager")
	if err != nil {
		t.Fatal(err)
	}
	src.Name, src.Department = "hovedlager", "logistikk"
	if err := b.st.UpdateSource(ctx, src); err != nil {
		t.Fatal(err)
	}
	b.write(t, "hovedlager", rows{"c": row("custno 10045")})
	b.follow(t)
	if got := b.together(t, "hovedlager/a", "hovedlager/b", "hovedlager/c"); got != id {
		t.Errorf("the customer is %s now, it was %s", got, id)
	}
	found, err := b.st.CustomersByID(ctx, hub.Viewer{All: true}, []hub.CustomerID{id})
	if err != nil || len(found[id].Faces) != 1 || found[id].Faces[0].Department != "logistikk" || found[id].Faces[0].Records != 3 {
		t.Errorf("the faces are %+v, %v", found[id], err)
	}
}

// Two linkers at once share the work.
func TestTwoLinkers(t *testing.T) {
	b := newTestBench(t)
	c := company{200}
	all := rows{}
	for i := range 1500 {
		all[string(rune('a'+i%26))+norwegian(i)] = c.contents([]string{"register", "lager", "support"}[i%3], i)
	}
	b.write(t, "salg", all)
	var wg sync.WaitGroup
	counts := make([]int, 2)
	for i := range counts {
		wg.Go(func() {
			n, err := b.l.Follow(context.Background())
			if counts[i] = n; err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if counts[0]+counts[1] != len(all) {
		t.Errorf("two linkers changed %v records, there are %d", counts, len(all))
	}
	b.relinksToTheSame(t)
}

func TestExport(t *testing.T) {
	b := newTestBench(t)
	b.write(t, "salg", rows{"7": row("orgno 923609016", "email kari@fjordvik.no")})
	b.write(t, "lager", rows{"8": row("orgno 974760673", "email per@ekeberg.no"), "9": row("place Bergen")})
	attached := row("orgno 923609016")
	b.write(t, "post", rows{"m": mailFrom("1@x", "kari@fjordvik.no", "cc email per@ekeberg.no"), "m/a.xlsx#Ark1/4": attached})
	b.follow(t)
	var out bytes.Buffer
	if err := b.l.Export(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for line := range strings.Lines(out.String()) {
		var x struct {
			Source, Record string
			Customer       *string
			Suggestions    []string
			Evidence       []hub.Evidence
		}
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatal(err)
		}
		if x.Suggestions == nil || x.Evidence == nil || (x.Customer != nil) != (len(x.Evidence) > 0) {
			t.Errorf("%s: lists must be there, and reasons with a customer", line)
		}
		if x.Customer != nil && !strings.HasPrefix(*x.Customer, "c") {
			t.Errorf("%s: a customer is named c12", line)
		}
		got[x.Source+" "+x.Record]++
	}
	want := map[string]int{"ark 7": 1, "ark 8": 1, "ark 9": 1, "mail 1@x": 2, "mail 1@x/a.xlsx#Ark1/4": 1}
	if !maps.Equal(got, want) {
		t.Errorf("exported %v, want %v", got, want)
	}
}
