package imap

import (
	"context"
	"strings"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/mail"
)

// items says what a letter yields: the mail, the rows of its attachments, or
// the reason why it cannot be read. Its own error ends the reading.
func (r *reader) items(ctx context.Context, l *letter) ([]yielded, error) {
	item := hub.Item{Ref: formatRef(r.validity, l.uid), Key: l.key, Mark: l.mark}
	switch {
	case l.gone:
		return nil, nil
	case l.err != nil:
		return []yielded{{hub.Item{Ref: item.Ref}, l.err}}, nil
	case l.key != "":
		return []yielded{{item: item}}, nil
	}
	body, err := l.body.open()
	if err != nil {
		return nil, err
	}
	m, err := mail.Parse(ctx, body, mail.Options{TempDir: r.c.env.TempDir, Country: r.c.env.Country})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case isDisk(err):
		return nil, diskError(err)
	case err != nil:
		return []yielded{{hub.Item{Ref: item.Ref}, connectors.Broken(nil, "This mail cannot be read: %v.", err)}}, nil
	}
	item.Key, item.Content = m.Key, m.Content
	if len(m.Rows) > 0 {
		item.Mark = "" // whoever knows the mail by its mark would not see the rows
	}
	out := []yielded{{item: item}}
	for _, row := range m.Rows {
		out = append(out, yielded{item: hub.Item{Ref: item.Ref + "/" + row.Path, Key: row.Key, Content: row.Content}})
	}
	if len(m.Faults) > 0 {
		out = append(out, yielded{hub.Item{Ref: item.Ref}, connectors.Broken(nil, "Not all of this mail could be read. %s", strings.Join(m.Faults, " "))})
	}
	return out, nil
}
