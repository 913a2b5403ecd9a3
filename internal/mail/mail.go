// Package mail reads an RFC 5322 message with MIME parts and says what it holds
// in the nouns of package hub: the fresh text apart from the quoted history, the
// header fields worth showing, the identifiers that may name a customer, the
// attachments, and the rows of attached workbooks with what they were taken for.
//
//	bytes ── spool ──► header and body ── part ──► collector ──► blocks ── takeApart ──► letters ── finder ──► Content
//	        spool.go      header.go    part.go    collect.go  html.go, text.go  quotes.go  idents.go    parse.go
//
// Mail in the wild keeps no rule, so every step takes what it gets: go-message
// tells the parts apart, enmime mends those that it refuses, and transfer
// encodings, charsets, addresses and parameters are read leniently here. What
// one message may cost is bounded; what is left out is named in its faults.
package mail

import "samsyn/internal/hub"

// Message is one mail.
type Message struct {
	// Key is a digest of Message-ID, Date, From and the body: the same mail in
	// another folder, under another UID or in another mailbox has the same key,
	// a Message-ID used twice has two.
	Key     string
	Content *hub.Content
	Rows    []Row    // of the attached workbooks and CSV files
	Sheets  []Sheet  // of these, but for empty ones
	Faults  []string // what was repaired or left out, in words
}

// Row is a row of an attached workbook or CSV file.
type Row struct {
	Path    string // "orders.xlsx#Ark1/4": attachment, sheet and row number
	Key     string // identity within the source
	Content *hub.Content
}

// Sheet is what a sheet of an attached workbook, or a CSV file, was taken for.
type Sheet struct {
	Path string // "orders.xlsx#Ark1": attachment and sheet
	hub.Sheet
}

// Options say how to read. The zero value is ready for use.
type Options struct {
	TempDir  string             // where large messages are spooled; "" is the system's
	Country  string             // ISO 3166-1 alpha-2 of the owner, decides what an attached table leaves open
	Language string             // ISO 639-1 of the owner, likewise
	Answers  []hub.ColumnAnswer // what people said of columns of attached tables, the oldest first
}
