package meili_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	bare "github.com/meilisearch/meilisearch-go"

	"samsyn/indexer"
	"samsyn/indexer/meili"
	"samsyn/internal/testenv"
)

// TestLongMail finds the last words of a mail of more words than one attribute
// of Meilisearch holds: as typed, mistyped, in a phrase and among numbers.
func TestLongMail(t *testing.T) {
	var text strings.Builder
	for n := range 90_000 {
		fmt.Fprintf(&text, "ord%c%c%c ", 'a'+n%26, 'a'+n/26%26, 'a'+n/676%26) // 17,576 different words
	}
	var numbers []string
	for n := range 10_000 {
		numbers = append(numbers, fmt.Sprint(70_000_000+n))
	}
	ix := open(t)
	doc := indexer.Doc{ID: "r1", Kind: "mail", Department: "salg", Text: text.String() + "helt til slutt Takrenner", Quoted: text.String() + "sitatslutt", Numbers: numbers}
	if err := ix.Write(t.Context(), []indexer.Doc{doc, {ID: "r2", Kind: "mail", Department: "salg", Text: "til Takrenner"}}, nil); err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{"takrenner helt", "takrener slutt", `"til slutt takrenner"`, "sitatslutt", "70009999", "ordzzz takrenner", "slutt takre"} {
		if got := find(t, ix, typed).Hits; !slices.Equal(got, []string{"r1"}) {
			t.Errorf("search %q found %v, want r1", typed, got)
		}
	}
}

// TestLongQuestion asks for more words than Meilisearch looks for.
func TestLongQuestion(t *testing.T) {
	ix := open(t)
	text := "a1 a2 a3 a4 b1 b2 b3 b4 c1 c2 c3 c4 d1 d2"
	docs := []indexer.Doc{
		{ID: "r1", Kind: "mail", Department: "salg", Text: text + " siste"},
		{ID: "r2", Kind: "mail", Department: "salg", Text: text + " annet"},
		{ID: "r3", Kind: "mail", Department: "salg", Text: strings.ReplaceAll(text, "a1", "") + " siste"},
	}
	if err := ix.Write(t.Context(), docs, nil); err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(strings.NewReplacer("1", "en", "2", "to", "3", "tre", "4", "fire").Replace(text))
	for i := range docs {
		docs[i].Text = strings.NewReplacer("1", "en", "2", "to", "3", "tre", "4", "fire").Replace(docs[i].Text)
	}
	if err := ix.Write(t.Context(), docs, nil); err != nil {
		t.Fatal(err)
	}
	if got := find(t, ix, strings.Join(words, " ")+" sist"); got.Loose || !slices.Equal(got.Hits, []string{"r1"}) {
		t.Errorf("found %+v, want r1", got)
	}
	if got := find(t, ix, "finnesikke "+strings.Join(words, " ")); !got.Loose || got.Total != 2 {
		t.Errorf("found %+v, want r1 and r2, loose", got)
	}
}

// TestCheck tells what keeps a server from being used.
func TestCheck(t *testing.T) {
	o := server(t)
	master := bare.New(o.URL, bare.WithAPIKey(o.Key))
	narrow, err := master.CreateKey(&bare.Key{Name: "narrow", Actions: []string{"search", "tasks.get"}, Indexes: []string{o.Prefix + "*"}})
	if err != nil {
		t.Fatal(err)
	}
	good := scoped(t, o)
	for name, c := range map[string]struct {
		change func(*meili.Options)
		want   error
	}{
		"good":        {func(*meili.Options) {}, nil},
		"wrong key":   {func(o *meili.Options) { o.Key = "wrong" }, meili.ErrKey},
		"no key":      {func(o *meili.Options) { o.Key = "" }, meili.ErrKey},
		"narrow key":  {func(o *meili.Options) { o.Key = narrow.Key }, meili.ErrRights},
		"unreachable": {func(o *meili.Options) { o.URL = "http://127.0.0.1:9" }, meili.ErrUnreachable},
	} {
		o := good
		c.change(&o)
		if err := engine(t, o).Check(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if engine(t, good).Master(t.Context()) {
		t.Error("the scoped key may make keys")
	}
	if !engine(t, o).Master(t.Context()) {
		t.Error("the master key is not recognised")
	}
	if _, err := meili.CreateKey(t.Context(), good); err == nil {
		t.Error("the scoped key made another one")
	}
	other := good
	other.Prefix = "somebody-"
	if _, _, err := engine(t, other).Open(t.Context(), "samsyn-some"); !errors.Is(err, meili.ErrRights) {
		t.Errorf("an index of somebody else: %v, want %v", err, meili.ErrRights)
	}
}

// TestServerAway: a server that is gone for a while is told, and used again.
func TestServerAway(t *testing.T) {
	s := testenv.MeilisearchServer(t)
	ix, _, err := engine(t, meili.Options{URL: s.URL, Key: s.Key}).Open(t.Context(), "samsyn-some")
	if err != nil {
		t.Fatal(err)
	}
	doc := indexer.Doc{ID: "r1", Kind: "mail", Department: "salg", Text: "takrenner"}
	if err := ix.Write(t.Context(), []indexer.Doc{doc}, nil); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if _, err := ix.Search(t.Context(), indexer.Query{Viewer: everybody, Text: "takrenner", Limit: 1}); !errors.Is(err, meili.ErrUnreachable) {
		t.Errorf("search: %v, want %v", err, meili.ErrUnreachable)
	}
	if err := ix.Write(t.Context(), []indexer.Doc{doc}, nil); !errors.Is(err, meili.ErrUnreachable) {
		t.Errorf("write: %v, want %v", err, meili.ErrUnreachable)
	}
	s.Start()
	if got := find(t, ix, "takrenner").Total; got != 1 {
		t.Errorf("%d found after the server came back, want 1", got)
	}
}
