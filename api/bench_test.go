package api_test

import (
	crand "crypto/rand"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samsyn/api"
	"samsyn/indexer"
	"samsyn/indexer/bleve"
	"samsyn/indexer/meili"
	"samsyn/internal/hub"
	"samsyn/internal/testenv"
)

var (
	benchRecords = flag.Int("records", 100_000, "how many records BenchmarkTyping searches, with a customer for every twenty; they are linked first, which takes a while")
	benchMeili   = flag.Bool("meili", false, "BenchmarkTyping searches with Meilisearch instead of the embedded engine")
	benchKeep    = flag.String("keep", "", "folder in which BenchmarkTyping keeps store and index: another run with as many records searches them again (Meilisearch keeps its index itself: give MEILI_URL)")
	benchRival   = flag.Bool("rival", false, "BenchmarkTyping also asks what the engine's own library makes of the same records, which is indexed first")
	benchSeconds = flag.Int("seconds", 30, "how long fifty users type")
)

// typist makes the words that are searched and the queries of those who search.
type typist struct {
	rnd   *rand.Rand
	words []string
	zipf  *rand.Zipf
}

func newTypist(seed uint64) *typist {
	t := &typist{rnd: rand.New(rand.NewPCG(seed, 2))}
	syllables := strings.Fields("fjord vik bygg tak sten øde gård solv berg dal skog hav båt nes land strand å mark mo lund bekk tørr våt stor lille ny gam mel arb eid salg kjøp lev er ing")
	made := rand.New(rand.NewPCG(1, 1)) // the words are the same for all
	for range 30_000 {
		var w strings.Builder
		for range 2 + made.IntN(3) {
			w.WriteString(syllables[made.IntN(len(syllables))])
		}
		t.words = append(t.words, w.String())
	}
	t.zipf = rand.NewZipf(t.rnd, 1.1, 4, uint64(len(t.words)-1))
	return t
}

func (t *typist) text(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = t.words[t.zipf.Uint64()]
	}
	return strings.Join(words, " ")
}

func (t *typist) name(customer int) string {
	return t.words[customer*7%len(t.words)] + " " + t.words[customer*13%len(t.words)] + " AS"
}

func (t *typist) person(n int) string {
	first, last := []string{"Liv", "Per", "Åse", "Ida", "Gro", "Jon", "Ola", "Eva"}, []string{"Hansen", "Lie", "Sæther", "Ødegård", "Berg", "Dahl"}
	return first[n%len(first)] + " " + last[n/len(first)%len(last)] + t.words[n%997]
}

// town fills the world with so many records, which are linked by customer number.
func (w *world) town(records int) {
	w.t.Helper()
	t := newTypist(7)
	departments := []string{"Salg", "Service", "Økonomi", "Logistikk", "Marked"}
	for d, department := range departments {
		scopes := map[string][]hub.Item{}
		for n := d; n < records; n += len(departments) {
			customer := n / 20
			at := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, t.rnd.IntN(1000))
			scope := fmt.Sprintf("%d.xlsx#Ark1", n/20_000)
			scopes[scope] = append(scopes[scope], row(fmt.Sprint(n), at, t.text(3)+fmt.Sprintf(" F%d", 1_000_000+n),
				[3]string{"Kundenr", hub.RoleCustomerNo, fmt.Sprint(10_000 + customer)}, [3]string{"Orgnr", hub.RoleOrgNo, orgNumber(customer)},
				[3]string{"Navn", hub.RoleCustomerName, t.name(customer)}, [3]string{"Kontakt", hub.RoleContact, t.person(customer)},
				[3]string{"Ordre", hub.RoleRecordNo, fmt.Sprintf("F%d", 1_000_000+n)}, [3]string{"Tekst", hub.RoleText, t.text(25)}))
		}
		w.source(department, "folder", department, scopes)
	}
	w.settle()
}

// orgNumber is a valid Norwegian one.
func orgNumber(n int) string {
	for base := 80_000_000 + n*3; ; base++ {
		digits, sum := fmt.Sprint(base), 0
		for i, weight := range []int{3, 2, 7, 6, 5, 4, 3, 2} {
			sum += int(digits[i]-'0') * weight
		}
		if check := (11 - sum%11) % 11; check < 10 {
			return digits + fmt.Sprint(check)
		}
	}
}

func letters(word string, n int) string {
	r := []rune(word)
	return string(r[:min(n, len(r))])
}

// slip swaps two letters.
func slip(word string) string {
	r := []rune(word)
	if len(r) > 4 {
		r[2], r[3] = r[3], r[2]
	}
	return string(r)
}

// typing are the queries of people, by kind.
func (t *typist) typing(records int) map[string]func() url.Values {
	q := func(text string) url.Values { return url.Values{"q": {text}} }
	kinds := map[string]func() url.Values{
		"two words": func() url.Values { return q(t.text(1) + " " + letters(t.text(1), 4)) },
		"a typo":    func() url.Values { return q(slip(t.text(1)) + " " + letters(t.text(1), 4)) },
		"a name":    func() url.Values { return q(t.name(t.rnd.IntN(records / 20))) },
		"a person":  func() url.Values { return q(t.person(t.rnd.IntN(records / 20))) },
		"a number":  func() url.Values { return q(fmt.Sprint("F", 1_000_000+t.rnd.IntN(records))) },
		"filters": func() url.Values {
			v := q(t.text(1))
			v.Set("department", "Salg")
			v.Set("from", "2024-01-01")
			v.Set("sort", "newest")
			return v
		},
	}
	for _, n := range []int{1, 2, 3, 4, 6, 8, 12} {
		kinds[fmt.Sprintf("%02d letters", n)] = func() url.Values { return q(letters(t.text(1)+" "+t.text(1), n)) }
	}
	return kinds
}

// BenchmarkTyping asks as people type, through the handler: one user, kind by
// kind, beside the bare question to the index and maybe what the engine's own
// library makes of it; then what is asked once the keys
// rest; then fifty users, each with six keystrokes in thirty seconds.
//
//	go test ./api -run '^$' -bench Typing -benchtime 200x -records 1000000 -timeout 4h [-meili] [-rival]
func BenchmarkTyping(b *testing.B) {
	w, other := benchWorld(b)
	w.session("kari")
	kinds := newTypist(3).typing(*benchRecords)
	var wholes, bares time.Duration // of all kinds, each asked as often as the others
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			var whole, bare, plain []time.Duration
			for b.Loop() {
				v := kinds[name]()
				// The bare question first or last, in turns: the second finds the caches warm.
				if len(whole)%2 == 0 {
					bare = append(bare, w.bare(b, v))
				}
				whole = append(whole, w.ask(b, v))
				if len(bare) < len(whole) {
					bare = append(bare, w.bare(b, v))
				}
				if other != nil {
					start := time.Now()
					if err := other.ask(b.Context(), v); err != nil {
						b.Error(err)
					}
					plain = append(plain, time.Since(start))
				}
			}
			quantiles(b, whole)
			if other != nil {
				slices.Sort(plain)
				b.ReportMetric(total(whole).Seconds()/total(plain).Seconds(), "of-library")
				b.ReportMetric(float64(plain[len(plain)*95/100].Microseconds())/1000, "library-p95-ms")
			}
			b.ReportMetric(total(whole).Seconds()/total(bare).Seconds(), "of-bare")
			wholes, bares = wholes+total(whole)/time.Duration(len(whole)), bares+total(bare)/time.Duration(len(bare))
		})
	}
	b.Run("all-kinds", func(b *testing.B) { // of those that ran before
		b.ReportMetric(wholes.Seconds()/bares.Seconds(), "of-bare")
	})
	b.Run("at-rest", func(b *testing.B) {
		var took []time.Duration
		t := newTypist(4)
		for b.Loop() {
			took = append(took, w.ask(b, url.Values{"q": {letters(t.text(1), 2+len(took)%8)}, "typing": {"false"}}))
		}
		quantiles(b, took)
	})
	b.Run("50-users", func(b *testing.B) {
		var took []time.Duration
		for b.Loop() {
			if took == nil { // once, however often -benchtime asks
				took = w.crowd(b, 50, time.Duration(*benchSeconds)*time.Second)
			}
		}
		quantiles(b, took)
	})
}

// benchWorld is the town that is searched, new or kept, and its rival if one is wanted.
func benchWorld(b *testing.B) (w *world, other rival) {
	folder, prefix := b.TempDir(), "typing-"+strings.ToLower(crand.Text()[:10])+"-"
	if *benchKeep != "" {
		folder, prefix = *benchKeep, "typing-kept-"
		if err := os.MkdirAll(folder, 0o755); err != nil {
			b.Fatal(err)
		}
	}
	var engine indexer.Engine
	var err error
	if *benchMeili {
		url, key := testenv.Meilisearch(b)
		engine, err = meili.New(meili.Options{URL: url, Key: key, Prefix: prefix})
	} else if engine, err = bleve.Open(filepath.Join(folder, "index"), quiet()); err == nil {
		b.Cleanup(func() { engine.(io.Closer).Close() })
	}
	if err != nil {
		b.Fatal(err)
	}
	w = newWorldIn(b, folder, engine)
	began := time.Now()
	if sources, err := w.store.Sources(b.Context()); err != nil {
		b.Fatal(err)
	} else if len(sources) > 0 {
		w.settle()
	} else {
		w.town(*benchRecords)
	}
	b.Logf("%d records in %s", *benchRecords, time.Since(began).Round(time.Second))
	if !*benchRival {
		return w, nil
	}
	if began = time.Now(); *benchMeili {
		other = newPlainMeili(b, prefix+"rival")
	} else {
		other = newPlainBleve(b, folder)
	}
	if _, err := indexer.Follow(b.Context(), w.store, only{other}, "rival"); err != nil {
		b.Fatal(err)
	}
	b.Logf("the rival has them in %s", time.Since(began).Round(time.Second))
	return w, other
}

// crowd lets users type at their pace, whether answers are late or not.
func (w *world) crowd(b *testing.B, users int, long time.Duration) (took []time.Duration) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for n := range users {
		all.Go(func() {
			t := newTypist(uint64(100 + n))
			kinds := t.typing(*benchRecords)
			names := slices.Sorted(maps.Keys(kinds))
			for end := time.Now().Add(long); time.Now().Before(end); {
				time.Sleep(time.Duration(t.rnd.ExpFloat64() * float64(5*time.Second))) // six in thirty seconds
				one := w.ask(b, kinds[names[t.rnd.IntN(len(names))]]())
				mu.Lock()
				took = append(took, one)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return took
}

func (w *world) ask(b *testing.B, v url.Values) time.Duration {
	if v.Get("typing") == "" {
		v.Set("typing", "true")
	}
	start := time.Now()
	if rec := w.do(scenario{user: "kari", url: "/api/v1/search?" + v.Encode()}); rec.Code != 200 {
		b.Errorf("%v: status %d", v, rec.Code)
	}
	return time.Since(start)
}

// bare asks the index what the handler asks it.
func (w *world) bare(b *testing.B, v url.Values) time.Duration {
	q := indexer.Query{Viewer: hub.Viewer{All: true}, Text: v.Get("q"), Departments: v["department"], Sort: v.Get("sort"), Limit: 20, Customers: api.CardsPerSearch, Typing: true}
	if from := v.Get("from"); from != "" {
		q.Span.From, _ = time.Parse(time.DateOnly, from)
	}
	start := time.Now()
	if _, err := w.index.Search(b.Context(), q); err != nil {
		b.Error(err)
	}
	return time.Since(start)
}

func quantiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	for _, p := range []int{50, 95, 99} {
		b.ReportMetric(float64(took[len(took)*p/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", p))
	}
}

func total(took []time.Duration) (sum time.Duration) {
	for _, d := range took {
		sum += d
	}
	return sum
}
