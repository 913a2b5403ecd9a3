package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/mail"

	"samsyn/internal/hub"
)

// Parse reads one message. It repairs what it can and says so in Faults; an
// error means that nothing at all can be made of r, and is a sentence for people.
func Parse(ctx context.Context, r io.Reader, opt Options) (*Message, error) {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return nil, fmt.Errorf("this is no e-mail message: %w", err)
	}
	h := sha256.New()
	io.WriteString(h, m.Header.Get("Message-Id")+m.Header.Get("Date")+m.Header.Get("From"))
	body, err := io.ReadAll(io.LimitReader(io.TeeReader(m.Body, h), 1<<20))
	if err != nil {
		return nil, err
	}
	return &Message{
		Key:     hex.EncodeToString(h.Sum(nil)[:16]),
		Content: &hub.Content{Kind: hub.KindMail, Title: m.Header.Get("Subject"), Text: string(body)},
	}, ctx.Err()
}
