package linker

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"samsyn/internal/hub"
)

// exported is one line of the export of links.
type exported struct {
	Source      string          `json:"source"`
	Record      string          `json:"record"`
	Customer    *hub.CustomerID `json:"customer"`
	Suggestions []string        `json:"suggestions"`
	Evidence    []hub.Evidence  `json:"evidence"`
}

// Export writes the links of all live records as JSON lines, one for each
// sighting of a row and for each mail, several where it has several customers.
// The source of a row is its scope, that of a mail and of the tables attached
// to it "mail"; the record is the row number, or the Message-ID and the path
// within the mail.
func (l *Linker) Export(ctx context.Context, w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	var mail struct{ key, name string } // the one met last: its tables follow it in the order of keys
	err := l.store.EachRecord(ctx, func(r *hub.Record) error {
		if r.Content.Kind == hub.KindMail {
			mail.key, mail.name = r.Key, messageID(r)
			return write(out, exported{Source: "mail", Record: mail.name}, r.Links)
		}
		if path, attached := strings.CutPrefix(r.Key, mail.key+"/"); attached && mail.key != "" {
			return write(out, exported{Source: "mail", Record: mail.name + "/" + path}, r.Links)
		}
		for _, seen := range r.Seen {
			row, _, _ := strings.Cut(seen.Ref, ":") // of a table beside another: 17:H
			if err := write(out, exported{Source: seen.Scope, Record: row}, r.Links); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("export links: %w", err)
	}
	return nil
}

// messageID names a mail; one without a Message-ID goes by its key.
func messageID(r *hub.Record) string {
	for _, id := range r.Content.Idents {
		if id.Kind == hub.IdentMessageID {
			return id.Value
		}
	}
	return r.Key
}

func write(out *json.Encoder, x exported, links []hub.Link) error {
	x.Suggestions, x.Evidence = []string{}, []hub.Evidence{}
	linked := false
	for _, k := range links {
		if k.Suggested {
			x.Suggestions = append(x.Suggestions, k.Customer.String())
		}
	}
	for _, k := range links {
		if k.Suggested {
			continue
		}
		linked = true
		x.Customer, x.Evidence = &k.Customer, k.Evidence
		if err := out.Encode(x); err != nil {
			return err
		}
	}
	if linked {
		return nil
	}
	return out.Encode(x)
}
