package hub

import "slices"

// Roles of columns, as exports and column decisions name them. Where a role
// identifies a customer, IdentOf tells the kind of ident its cells become.
const (
	RoleCustomerName = "customer_name"
	RoleCustomerNo   = "customer_no"
	RoleOrgNo        = "org_no"
	RoleVATNo        = "vat_no"
	RoleContact      = "contact_person"
	RoleEmail        = "email"
	RolePhone        = "phone"
	RoleAddress      = "address"
	RolePostalCode   = "postal_code"
	RoleCity         = "city"
	RoleCountry      = "country"
	RoleDate         = "date"
	RoleDueDate      = "due_date"
	RoleAmount       = "amount"
	RoleVATAmount    = "vat_amount"
	RoleTotalAmount  = "total_amount"
	RoleCurrency     = "currency"
	RoleQuantity     = "quantity"
	RoleRecordNo     = "record_no"
	RoleInvoiceNo    = "invoice_no"
	RoleStatus       = "status"
	RolePriority     = "priority"
	RoleConsent      = "consent"
	RoleOwner        = "owner" // our own colleague, never the customer
	RoleSubjectLine  = "subject"
	RoleText         = "text"
	RoleOther        = "other"
)

// IdentOf maps the column roles that identify a customer to kinds of idents.
var IdentOf = map[string]string{
	RoleCustomerName: IdentName,
	RoleCustomerNo:   IdentCustNo,
	RoleOrgNo:        IdentOrgNo,
	RoleVATNo:        IdentVATNo,
	RoleContact:      IdentPerson,
	RoleEmail:        IdentEmail,
	RolePhone:        IdentPhone,
	RoleCity:         IdentPlace,
	RoleCountry:      IdentCountry,
}

// ColumnAnswer is what a person said of a column: in tables of these headers, or
// nearly these, it has the role.
type ColumnAnswer struct {
	Table  string `json:"table"`  // signature: the ids of its columns, sorted, with bars between
	Column string `json:"column"` // id: the header folded to letters and digits
	Role   string `json:"role"`
}

// Sheet is what a sheet was recognised as, be it a scope or attached to a mail.
type Sheet struct {
	Tables []Table `json:"tables,omitempty"`
	Left   string  `json:"left,omitempty"` // why it is left out: empty, explanation, pivot; "" if it is not
}

// Bare returns the sheet without samples of its cells.
func (s Sheet) Bare() Sheet {
	s.Tables = slices.Clone(s.Tables)
	for i, t := range s.Tables {
		t.Columns = slices.Clone(t.Columns)
		for j := range t.Columns {
			t.Columns[j].Samples = nil
		}
		s.Tables[i] = t
	}
	return s
}

// Table is a table of a sheet. Rows count from 1.
type Table struct {
	HeaderRow int      `json:"header_row"` // 0: its columns have no headers
	FirstRow  int      `json:"first_row"`
	LastRow   int      `json:"last_row"`
	Signature string   `json:"signature"`
	Columns   []Column `json:"columns"`
}

// Size returns about how many bytes the table takes.
func (t *Table) Size() int {
	n := len(t.Signature)
	for _, c := range t.Columns {
		n += 300 + len(c.Header) + len(c.ID) // the other parts are short
	}
	return n
}

// Column is a column of a Table. Where it is unsure it carries guesses, best
// first, and some of its cells.
type Column struct {
	Column  string   `json:"column"` // letter
	Header  string   `json:"header"`
	Role    string   `json:"role"`
	Why     string   `json:"why"`
	ID      string   `json:"id"` // see ColumnAnswer
	Hidden  bool     `json:"hidden,omitempty"`
	Guesses []string `json:"guesses,omitempty"` // roles
	Samples []string `json:"samples,omitempty"`
}

// Roles lists the roles that a person can say a column has.
func Roles() []string {
	return []string{RoleCustomerName, RoleCustomerNo, RoleOrgNo, RoleVATNo, RoleContact, RoleEmail, RolePhone, RoleAddress, RolePostalCode, RoleCity, RoleCountry, RoleDate, RoleDueDate,
		RoleAmount, RoleVATAmount, RoleTotalAmount, RoleCurrency, RoleQuantity, RoleRecordNo, RoleInvoiceNo, RoleStatus, RolePriority, RoleConsent, RoleOwner, RoleSubjectLine, RoleText, RoleOther}
}
