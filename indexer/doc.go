package indexer

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// docVersion is raised whenever Docs puts something else into documents: every
// index is then rebuilt.
const docVersion = "4"

// KindCustomer is the Doc.Kind of a customer's faces.
const KindCustomer = "customer"

// FaceNames are the names of customers, by department that knows them so.
type FaceNames map[string]map[hub.CustomerID]string

// Docs says what a change means to the index: the documents to write, and the
// ids to remove before that. A record is one document, a customer one for each
// of its faces. names must hold the customers that the record is linked to.
func Docs(c hub.Change, names FaceNames) (docs []Doc, gone []string) {
	switch {
	case c.Customer != nil:
		id := c.Customer.ID.String()
		if !c.Gone && c.Customer.MergedInto == 0 {
			for _, f := range c.Customer.Faces {
				docs = append(docs, faceDoc(id, c.Rev, f))
			}
		}
		return docs, []string{id} // faces that vanished go, too
	case c.Gone:
		return nil, []string{c.Record.ID.String()}
	default:
		return []Doc{recordDoc(c.Record, c.Rev, names)}, nil
	}
}

// linked lists the customers that a record belongs to; suggestions are none.
func linked(r *hub.Record) []hub.CustomerID {
	var ids []hub.CustomerID
	for _, l := range r.Links {
		if !l.Suggested && !slices.Contains(ids, l.Customer) {
			ids = append(ids, l.Customer)
		}
	}
	return ids
}

func recordDoc(r *hub.Record, rev int64, names FaceNames) Doc {
	d := Doc{
		ID: r.ID.String(), Rev: rev, Kind: r.Content.Kind, Nature: natureOf(r),
		Department: r.Department, Source: r.Source.String(), Scope: scopeOf(r),
		Title: r.Content.Title, Text: Text(r.Content), Quoted: r.Content.Quoted,
		At: r.At,
	}
	for _, id := range linked(r) {
		d.Customers = append(d.Customers, id.String())
		if name := names[r.Department][id]; name != "" {
			d.Names = append(d.Names, name)
		}
	}
	d.Numbers = numbersIn(d.Title + "\n" + r.Content.Text)
	for _, f := range r.Content.Fields {
		switch {
		case numberRole(f.Role):
			d.Numbers = append(d.Numbers, CellForms(f.Value)...)
		case f.Type == "":
			d.Numbers = append(d.Numbers, numbersIn(f.Value)...)
		}
	}
	for _, i := range r.Content.Idents {
		if numberIdent(i.Kind) {
			d.Numbers = append(d.Numbers, CellForms(i.Value)...)
		}
	}
	d.Numbers, d.Persons = unique(d.Numbers), Persons(r.Content)
	return d
}

// ScopeID is what a sheet or mail folder of a source is called in the index, where its
// name may be too long and says too much.
func ScopeID(source hub.SourceID, scope string) string {
	sum := sha256.Sum256([]byte(scope))
	return source.String() + "-" + hex.EncodeToString(sum[:8])
}

// scopeOf is where the content shown comes from; a record that merely the brake holds
// is nowhere.
func scopeOf(r *hub.Record) string {
	if len(r.Seen) == 0 {
		return ""
	}
	return ScopeID(r.Source, r.Seen[0].Scope)
}

// natureOf is what the record is; until the linker has read it, its kind.
func natureOf(r *hub.Record) string {
	if r.Nature != "" {
		return r.Nature
	}
	return r.Content.Kind
}

func faceDoc(customer string, rev int64, f hub.Face) Doc {
	d := Doc{
		ID: faceID(customer, f.Department), Rev: rev, Customer: true, Kind: KindCustomer,
		Department: f.Department, Customers: []string{customer},
		Names: unique(append([]string{f.Name}, f.Names...)), Title: f.Name, At: f.Last,
	}
	var said []string
	for _, i := range f.Idents {
		if numberIdent(i.Kind) {
			d.Numbers = append(d.Numbers, CellForms(i.Value)...)
		}
		switch i.Kind {
		case hub.IdentMessageID, hub.IdentReply, hub.IdentName:
		case hub.IdentEmail: // found as a whole: the words before the @ of several persons would together name another
			_, domain, _ := strings.Cut(i.Value, "@")
			said = append(said, domain)
		default:
			said = append(said, i.Value)
		}
	}
	d.Text, d.Numbers = strings.Join(unique(said), "\n"), unique(d.Numbers)
	return d
}

// faceID is stable, and does not show the department's name.
func faceID(customer, department string) string {
	sum := sha256.Sum256([]byte(department))
	return customer + "-" + hex.EncodeToString(sum[:8])
}

// Text is what a search finds in a record besides its title: the fresh text of
// a mail, what and whom its meeting names, the values of fields, the names of
// attachments. The headers of columns are left out, as they would find every row
// of the sheet.
func Text(c hub.Content) string {
	var lines []string
	if c.Text != "" {
		lines = append(lines, c.Text)
	}
	lines = append(lines, meetingLines(c)...)
	for _, f := range c.Fields {
		switch {
		case f.Type == "bool" && f.Value == "true":
			lines = append(lines, f.Name) // "Newsletter" is what this cell says
		case f.Type != "bool" && f.Value != "":
			lines = append(lines, f.Value)
		}
	}
	for _, a := range c.Attachments {
		lines = append(lines, a.Name)
	}
	return strings.Join(lines, "\n")
}

// meetingLines are what and whom the meeting of a mail names besides its title.
func meetingLines(c hub.Content) (lines []string) {
	if m := c.Meeting; m != nil {
		for _, said := range append([]string{m.Title, m.Where, m.Organizer}, m.Attendees...) {
			if said != "" && said != c.Title {
				lines = append(lines, said)
			}
		}
	}
	return lines
}

func numberRole(role string) bool {
	switch role {
	case hub.RoleRecordNo, hub.RoleInvoiceNo, hub.RoleCustomerNo, hub.RoleOrgNo, hub.RoleVATNo, hub.RolePhone, hub.RoleEmail:
		return true
	}
	return false
}

func numberIdent(kind string) bool {
	switch kind {
	case hub.IdentOrgNo, hub.IdentVATNo, hub.IdentCustNo, hub.IdentPhone, hub.IdentEmail:
		return true
	}
	return false
}

// maxNumber bounds a number or address in bytes; what is longer is text.
const maxNumber = 100

// CellForms gives the forms, as NumberForms does, of a cell with one or several numbers or addresses.
func CellForms(cell string) []string {
	var forms []string
	cell = strings.ReplaceAll(cell, " / ", "\n")
	for _, one := range strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if len(one) <= maxNumber {
			forms = append(forms, NumberForms(one)...)
		}
	}
	return append(forms, numbersIn(cell)...)
}

// unique keeps the first of equal values, and no empty one.
func unique(values []string) []string {
	seen := make(map[string]bool, len(values))
	return slices.DeleteFunc(values, func(v string) bool {
		dup := v == "" || seen[v]
		seen[v] = true
		return dup
	})
}
