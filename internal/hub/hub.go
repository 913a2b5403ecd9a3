// Package hub holds the nouns of Samsyn. Every other package speaks in these
// words; docs/glossary.md explains them to people.
//
// The cut that matters is between what a thing is and where it was seen: a
// [Record] has an identity (source, key), a [Sighting] has an address (source,
// scope, ref). Addresses change when a mailbox is renumbered or a workbook is
// sorted; identities do not.
package hub

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ErrNotFound: there is no such thing, or the viewer may not see it.
var ErrNotFound = errors.New("not found")

// SourceID, RecordID and CustomerID are numbers drawn from one sequence, so no
// number is used twice. In JSON, in the index, in addresses and on the command
// line they are written with a letter in front: s3, r17, c5.
type (
	SourceID   int64
	RecordID   int64
	CustomerID int64
)

func (id SourceID) String() string   { return "s" + strconv.FormatInt(int64(id), 10) }
func (id RecordID) String() string   { return "r" + strconv.FormatInt(int64(id), 10) }
func (id CustomerID) String() string { return "c" + strconv.FormatInt(int64(id), 10) }

// MarshalText writes the id with its letter, for JSON values and map keys.
func (id SourceID) MarshalText() ([]byte, error)   { return []byte(id.String()), nil }
func (id RecordID) MarshalText() ([]byte, error)   { return []byte(id.String()), nil }
func (id CustomerID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote; the letter may be missing.
func (id *SourceID) UnmarshalText(b []byte) (err error) { *id, err = ParseSourceID(string(b)); return }
func (id *RecordID) UnmarshalText(b []byte) (err error) { *id, err = ParseRecordID(string(b)); return }
func (id *CustomerID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseCustomerID(string(b))
	return
}

// ParseSourceID reads "s3" or "3".
func ParseSourceID(s string) (SourceID, error) { n, err := parseID(s, "s"); return SourceID(n), err }

// ParseRecordID reads "r17" or "17".
func ParseRecordID(s string) (RecordID, error) { n, err := parseID(s, "r"); return RecordID(n), err }

// ParseCustomerID reads "c5" or "5".
func ParseCustomerID(s string) (CustomerID, error) {
	n, err := parseID(s, "c")
	return CustomerID(n), err
}

func parseID(s, letter string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimPrefix(s, letter), 10, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%q is not an id such as %s12", s, letter)
	}
	return n, nil
}

// Source is one configured connector of one department.
type Source struct {
	ID         SourceID  `json:"id"`
	Name       string    `json:"name"`
	Kind       string    `json:"kind"` // name of the connector kind: folder, imap
	Department string    `json:"department"`
	Config     []byte    `json:"-"` // JSON settings of the kind; secrets are file names or sealed, never shown
	Paused     bool      `json:"paused"`
	Created    time.Time `json:"created"`
}

// CheckNames refuses a name or department that could not be told apart or
// typed. The error is for people, and about the field that it names.
func (s Source) CheckNames() error {
	switch {
	case !shortLine(s.Name):
		return At("name", errors.New("the name must be one short line of text"))
	case !shortLine(s.Department):
		return At("department", errors.New("the department must be one short line of text"))
	}
	return nil
}

func shortLine(text string) bool {
	return strings.TrimSpace(text) != "" && len(text) <= 200 && !strings.ContainsFunc(text, unicode.IsControl)
}

// Scope is a part of a source that is listed as a whole: a sheet of a workbook
// or a folder of a mailbox.
type Scope struct {
	Name    string
	Version string    // equal to the version last saved: there is nothing to read
	At      time.Time // when this delivery was made; between deliveries that disagree on a key the newest wins
}

// Item is what a connector yields from a scope.
//
// Refs form paths: the ref "7.12" of a mail is the parent of "7.12/orders.xlsx#Ark1/4",
// a row in its attachment. A parent that is still there keeps its children.
//
// An item with a Sheet is no record. It says what the rows below its ref were read
// as, those of the whole scope where the ref is "", and comes after them.
type Item struct {
	Ref     string   // address in the scope: row number, "uidvalidity.uid"; may change
	Key     string   // identity within the source
	Mark    string   // cheap fingerprint by which the item is known again under another ref; "" if it has none
	Content *Content // nil: known, and still there
	Sheet   *Sheet   // Key is then that of the mail it is attached to, if it is
}

// Kinds of content.
const (
	KindRow  = "row"
	KindMail = "mail"
)

// Content is what an item says. It is immutable and addressed by its hash.
type Content struct {
	Kind        string       `json:"kind"`            // KindRow, KindMail
	Title       string       `json:"title,omitempty"` // subject of a mail, the telling cells of a row
	Text        string       `json:"text,omitempty"`  // fresh text of a mail; empty for a row, whose text are its fields
	Quoted      string       `json:"quoted,omitempty"`
	Fields      []Field      `json:"fields,omitempty"`
	Idents      []Ident      `json:"idents,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	Meeting     *Meeting     `json:"meeting,omitempty"` // that a mail invites to
	At          time.Time    `json:"at,omitzero"`       // when it happened, UTC; zero if it does not say
}

// Meeting is what a mail says of a meeting: it invites to it, cancels it or answers
// (RFC 5545, VEVENT; RFC 5546). People stand as in a header: "Kari Vik <kari@vik.example>".
type Meeting struct {
	UID       string    `json:"uid,omitempty"`
	Occasion  string    `json:"occasion,omitempty"` // RECURRENCE-ID: of a recurring meeting the mail is about the one that was to be then
	Sequence  int       `json:"sequence,omitempty"` // of two invitations to a meeting the higher is the newer
	Written   time.Time `json:"written,omitzero"`   // DTSTAMP; of one sequence the later is the newer
	Title     string    `json:"title,omitempty"`
	Starts    time.Time `json:"starts,omitzero"`
	Ends      time.Time `json:"ends,omitzero"` // zero if it does not say; when AllDay the last day, zero if that is the first
	AllDay    bool      `json:"all_day,omitempty"`
	Repeats   string    `json:"repeats,omitempty"` // "daily", "weekly", "monthly", "yearly", "" not; "other" in some other way
	Every     int       `json:"every,omitempty"`   // so many days, weeks, months or years, 0 is one
	Where     string    `json:"where,omitempty"`
	Organizer string    `json:"organizer,omitempty"`
	Attendees []string  `json:"attendees,omitempty"` // of an answer whoever answers, first
	Cancelled bool      `json:"cancelled,omitempty"`
	Reply     string    `json:"reply,omitempty"` // of an answer: "accepted", "declined", "tentative", "delegated", "counter" for another time, "other"
}

// Facts is what counts of a record: what it is, and the little that lists, sums
// and charts need. It is derived from the content; package nature draws it.
type Facts struct {
	Nature   string    // one of nature.All
	At       time.Time // when it happened; a meeting: when it begins
	Ends     time.Time // end of an agreement or a meeting, or when something is due
	State    string    // "open", "closed", "" unknown
	Priced   bool      // Cents means something
	Cents    int64     // hundredths of the currency, without VAT unless Gross; credit notes are negative
	Currency string    // ISO 4217, "" if it is not told
	Gross    bool      // with VAT
	Person   string    // at the customer: address in lower case, else folded name
	Called   string    // name of that person as written
	Ours     string    // our colleague, or the mailbox
	Way      string    // of a mail between the two: WayIn, WayOut, "" neither
	Message  string    // Message-ID of a mail
	Thread   string    // what mails of one conversation share
	Version  int64     // of an invitation: of those in one thread and mailbox the highest tells of the meeting; 0 is none
}

// Ways of a mail.
const (
	WayIn  = "in"  // from the customer
	WayOut = "out" // to the customer
)

// Field is one cell of a row or one header of a mail, in the order of the source.
type Field struct {
	Column string `json:"column,omitempty"` // letter of the column, "" for mail
	Name   string `json:"name"`             // header as written in the source
	Role   string `json:"role,omitempty"`   // one of the Roles, or "" when none was recognised
	Type   string `json:"type,omitempty"`   // "" text, "number", "date", "time" (date and time of day), "bool"
	Hidden bool   `json:"hidden,omitempty"` // its column is hidden in the workbook: pages do not show it
	Value  string `json:"value"`            // text as written; number as 1234.5; date as 2006-01-02; time as RFC 3339
}

// Date is the day or moment of a cell, in UTC; zero if it holds none.
func (f Field) Date() time.Time {
	layout := time.DateOnly
	if f.Type == "time" {
		layout = time.RFC3339
	}
	t, err := time.Parse(layout, f.Value)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// Attachment names a part of a mail; its bytes stay in the mailbox.
type Attachment struct {
	Name string `json:"name"`
	Type string `json:"type"` // media type, RFC 2046
	Size int64  `json:"size"` // bytes after decoding
}

// Ident is something that may identify a customer, raw as it stands in the
// source. Package link normalises it.
type Ident struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Role  string `json:"role,omitempty"`
	Place string `json:"place,omitempty"` // column letter and header ("C Orgnr"), header name ("From") or line of the text ("text 12")
}

// Kinds of idents.
const (
	IdentOrgNo     = "orgno"      // organisation number, any Nordic country, as typed
	IdentVATNo     = "vatno"      // VAT number, as typed
	IdentCustNo    = "custno"     // a department's own customer number; means nothing in another source
	IdentEmail     = "email"      // address
	IdentWeb       = "web"        // web site or bare domain
	IdentPhone     = "phone"      // as typed, possibly several in one
	IdentName      = "name"       // name of a company or other customer
	IdentPerson    = "person"     // name of a person at the customer
	IdentPlace     = "place"      // city or municipality
	IdentCountry   = "country"    // as typed
	IdentMessageID = "message_id" // RFC 5322, without the angle brackets
	IdentReply     = "reply"      // a message id that this mail answers or refers to
)

// Roles of an ident: who in the record bears it.
const (
	RoleSubject   = ""          // the customer whom a row is about
	RoleFrom      = "from"      // sender of a mail; for a forwarded mail the inner sender
	RoleTo        = "to"        // addressee
	RoleCc        = "cc"        // copied in
	RoleMentioned = "mentioned" // in the fresh text of a mail, its signature excepted
	RoleSignature = "signature" // in the signature of the sender
)

// Sighting says where a record was seen.
type Sighting struct {
	Source SourceID  `json:"source"`
	Scope  string    `json:"scope"`
	Ref    string    `json:"ref"`
	Hash   string    `json:"hash"` // of the content delivered there
	At     time.Time `json:"at,omitzero"`
}

// Record is one row or mail, known by (Source, Key). It lives while it is
// sighted and shows the content of its newest delivery.
type Record struct {
	ID         RecordID   `json:"id"`
	Source     SourceID   `json:"source"`
	SourceName string     `json:"source_name"`
	Department string     `json:"department"`
	Key        string     `json:"key"`
	Hash       string     `json:"hash"`
	Nature     string     `json:"nature,omitempty"` // what it is, one of nature.All; "" until the linker has read it
	At         time.Time  `json:"at,omitzero"`      // when it happened, Facts.At: by this it is shown, sorted and counted everywhere; until the linker has read it, Content.At
	Content    Content    `json:"content"`
	Links      []Link     `json:"links,omitempty"`
	Seen       []Sighting `json:"seen,omitempty"`
	Rev        int64      `json:"rev"`
}

// Customer is whom records are linked to. What is known of it is kept apart by
// department in its faces, so that a viewer gets only what their departments know.
type Customer struct {
	ID         CustomerID `json:"id"`
	Name       string     `json:"name"` // of the best face among those asked for
	MergedInto CustomerID `json:"merged_into,omitempty"`
	Faces      []Face     `json:"faces"`
	Rev        int64      `json:"rev"`
}

// Face is what one department knows of a customer.
type Face struct {
	Department string    `json:"department"`
	Name       string    `json:"name"`
	Named      bool      `json:"named"`              // false: no record says a name, an ident stands in for it
	Official   bool      `json:"official,omitempty"` // the name is that of an official register
	Names      []string  `json:"names,omitempty"`    // other spellings, most frequent first
	Idents     []Ident   `json:"idents,omitempty"`
	Records    int       `json:"records"`
	Last       time.Time `json:"last,omitzero"` // newest Content.At among its records
}

// Link ties a record to a customer, with the reasons. A record that has a link
// and suggestions besides asks whether its customer and those suggested are one.
type Link struct {
	Record    RecordID   `json:"-"`
	Customer  CustomerID `json:"customer"`
	Suggested bool       `json:"suggested,omitempty"` // not linked: a question to a person
	Rank      int        `json:"rank,omitempty"`      // order among the suggestions of a record, from 1
	Bits      float64    `json:"bits"`
	Evidence  []Evidence `json:"evidence,omitempty"` // strongest first
	Doubt     string     `json:"doubt,omitempty"`    // of a suggestion: why it is not linked, one of the doubts of package link
	Rival     CustomerID `json:"-"`                  // another customer that is nearly as likely, 0 if none is
}

// Evidence is one reason for a link.
type Evidence struct {
	Kind  string  `json:"kind"`  // kind of ident, or "thread", "decision"
	Value string  `json:"value"` // normalised
	Place string  `json:"place"` // see Ident.Place
	Bits  float64 `json:"bits"`  // log2 of the likelihood ratio; negative speaks against

	Decision int64 `json:"decision,omitempty"` // of a person, that says so
}

// Decision is what a person said about links. It names identifiers or records
// by what they say, never by row number or customer id, so that it outlives
// every re-reading.
type Decision struct {
	ID    int64             `json:"id"`
	Kind  string            `json:"decision"`    // must-link, cannot-link and the other kinds of package link
	A     map[string]string `json:"a"`           // {"orgno": …}, {"email": …}, {"custno": …, "source": …}
	B     map[string]string `json:"b,omitempty"` // absent when something is said of one value
	By    string            `json:"by"`
	Why   string            `json:"why"`
	At    time.Time         `json:"at,omitzero"`
	Batch int64             `json:"batch,omitempty"` // decisions of one answer; 0 stands alone
}

// Event is what happened to a customer or a record's link: who decided what.
type Event struct {
	ID         int64      `json:"id"`
	At         time.Time  `json:"at"`
	Kind       string     `json:"kind"` // linked, unlinked, merged, split, decided, revoked
	Customer   CustomerID `json:"customer,omitempty"`
	Other      CustomerID `json:"other,omitempty"` // merged into, split from, linked to before
	Record     RecordID   `json:"record,omitempty"`
	Department string     `json:"department,omitempty"` // of the record
	Decision   int64      `json:"decision,omitempty"`   // 0: by rule
	By         string     `json:"by,omitempty"`         // who decided, "" by rule
}

// Problem is something that could not be read, told to people in words.
type Problem struct {
	ID     int64     `json:"id"`
	Source SourceID  `json:"source"`
	Name   string    `json:"source_name"` // of the source
	Scope  string    `json:"scope,omitempty"`
	Ref    string    `json:"ref,omitempty"`
	Class  string    `json:"class"`  // one of the Class constants
	Reason string    `json:"reason"` // a sentence saying what is wrong and what to do
	At     time.Time `json:"at"`     // first seen
}

// Classes of errors: they decide whether and when work is tried again.
const (
	ClassRateLimited = "rate_limited" // the other side asked to wait
	ClassUnreachable = "unreachable"  // share unmounted, host down, connection cut
	ClassUntrusted   = "untrusted"    // the certificate of the other side is not one to believe: nothing was sent to it
	ClassAuth        = "auth"         // password, token or rights refused
	ClassBroken      = "broken"       // the input itself cannot be read; trying again is useless until it changes
	ClassHeld        = "held"         // a removal too large to believe waits for a person
	ClassInternal    = "internal"     // ours
)

// Viewer is who asks. It is a parameter of every read, so nobody can forget it.
type Viewer struct {
	User        string
	Role        string   // one of the roles of users
	All         bool     // sees every department
	Departments []string // else these
}

// Roles of users.
const (
	RoleEmployee = "employee"
	RolePrivacy  = "privacy" // watches over personal data: an employee who sees the access log of all
	RoleIT       = "it"
	RoleAdmin    = "admin"
)

// UserRoles are the roles that a user may have, from least to most.
func UserRoles() []string { return []string{RoleEmployee, RolePrivacy, RoleIT, RoleAdmin} }

// Sees reports whether the viewer may see records of the department.
func (v Viewer) Sees(department string) bool {
	if v.All {
		return true
	}
	for _, d := range v.Departments {
		if d == department {
			return true
		}
	}
	return false
}

// Cursor is a place in the change sequence. Changes are ordered by Rev, then ID.
type Cursor struct {
	Rev int64
	ID  int64
}

// Change is a record or a customer that changed: its whole present state, or
// that it is gone.
type Change struct {
	Cursor
	Record   *Record   // nil if it is a customer
	Customer *Customer // nil if it is a record
	Gone     bool      // Record.ID or Customer.ID alone is filled in
}

// Progress is how far a look at a source has come.
type Progress struct {
	Scope      string `json:"scope,omitempty"` // being read
	Scopes     int    `json:"scopes"`          // listed so far
	ScopesDone int    `json:"scopes_done"`     // read, or found unchanged
	Items      int    `json:"items"`           // rows or mails seen in changed scopes
	Problems   int    `json:"problems"`
}

// Company is the identity of the company that runs Samsyn: its own names,
// addresses and numbers identify no customer.
type Company struct {
	Name      string   `json:"name"`
	Names     []string `json:"names"`
	Domains   []string `json:"domains"`
	OrgNos    []string `json:"orgnos"`
	Phones    []string `json:"phones"`
	Mailboxes []string `json:"mailboxes"`
}
