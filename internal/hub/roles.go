package hub

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
