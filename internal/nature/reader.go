package nature

import (
	"strings"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/register"
)

// Reader draws the facts from many records. It remembers what a table was
// recognised as, so that its rows are not weighed one by one. It is not safe for
// concurrent use.
type Reader struct {
	own     *link.Own
	rulings Rulings
	words   *vocabulary
	entries *register.Reader
	tables  map[string]string // signature → what a table with it is
	typing  map[string]bool   // header → whether its cells say what their row is
}

// mostRemembered bounds what a Reader remembers: tables with many empty cells have
// many signatures.
const mostRemembered = 4096

// NewReader returns a reader for the company, which heeds what people said.
func NewReader(own *link.Own, rulings Rulings) *Reader {
	return &Reader{own, rulings, vocabularyOf(), register.NewReader(own), map[string]string{}, map[string]bool{}}
}

// Facts draws the facts from a record of a source that stands at p. What a person
// said that its file is goes before what it looks like.
func (r *Reader) Facts(source hub.SourceID, p Place, c *hub.Content) hub.Facts {
	f := r.facts(source, p, c)
	for _, said := range []*string{&f.Person, &f.Called, &f.Ours, &f.Currency, &f.Message, &f.Thread} {
		if len(*said) > link.MaxValue {
			*said = ""
		}
	}
	return f
}

func (r *Reader) facts(source hub.SourceID, p Place, c *hub.Content) hub.Facts {
	f := hub.Facts{Nature: r.rulings.On(source, p, c.Fields), At: c.At}
	if c.Kind == hub.KindMail {
		f.Nature = Mail
		ofMail(&f, c, r.own)
		return f
	}
	if f.Nature == "" {
		f.Nature = r.natureOf(p, c.Fields)
	}
	if f.Nature == Register {
		return r.registered(c)
	}
	f.State = stateOf(c.Fields)
	f.Ends = endOf(f, c.Fields)
	ofPeople(&f, c.Fields)
	switch f.Nature {
	case Order, Delivery, Invoice, Offer, Return, Forecast, Agreement:
		ofMoney(&f, p, c)
	}
	return f
}

// registered draws from a row of a register whether the company still is. What
// a register notes happened to the company, not between it and us: it has no date.
func (r *Reader) registered(c *hub.Content) hub.Facts {
	f := hub.Facts{Nature: Register}
	if e := r.entries.Read(c); e.Ended {
		f.State, f.Ends = Closed, e.EndedAt
	}
	return f
}

// Entry reads a row that was found to be one of a register: what it says, and
// the keys by which it is linked.
func (r *Reader) Entry(c *hub.Content) (register.Entry, []link.Key) {
	e := r.entries.Read(c)
	return e, r.entries.Keys(e)
}

// natureOf says what a row is by its place and its cells.
func (r *Reader) natureOf(p Place, fields []hub.Field) string {
	if n := r.named(fields); n != "" {
		return n
	}
	return r.words.refine(r.ofTable(p, fields), fields)
}

// named reads a cell that says what its row is, under a header such as "Type".
func (r *Reader) named(fields []hub.Field) string {
	for _, f := range fields {
		if f.Type != "" || len(f.Value) > 60 {
			continue
		}
		typing := remembered(r.typing, f.Name, func() bool { return r.words.typing[plain(f.Name)] })
		if !typing {
			continue
		}
		if found := r.words.all(f.Value); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	return ""
}

func (r *Reader) ofTable(p Place, fields []hub.Field) string {
	var signature strings.Builder
	for _, part := range []string{p.File, p.Sheet} {
		signature.WriteString(part)
		signature.WriteByte(0)
	}
	for _, f := range fields {
		signature.WriteString(f.Name)
		signature.WriteByte(0)
		signature.WriteString(f.Role)
		signature.WriteByte(0)
	}
	return remembered(r.tables, signature.String(), func() string {
		if r.entries.Is(p.File+" "+p.Sheet, fields) {
			return Register
		}
		return r.words.ofTable(p, fields)
	})
}

func remembered[V any](known map[string]V, key string, find func() V) V {
	v, ok := known[key]
	if !ok {
		v = find()
		if len(known) >= mostRemembered {
			clear(known)
		}
		known[key] = v
	}
	return v
}
