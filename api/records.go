package api

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// RecordView is a mail or a row with all it says, where it comes from and why
// it belongs to whom.
type RecordView struct {
	ID          hub.RecordID     `json:"id"`
	Kind        string           `json:"kind"`
	Nature      string           `json:"nature" doc:"What it is: order, complaint, mail …"`
	Title       string           `json:"title"`
	At          time.Time        `json:"at,omitzero" doc:"When it happened; of a meeting when it takes place."`
	Department  string           `json:"department"`
	Source      hub.SourceID     `json:"source"`
	SourceName  string           `json:"source_name"`
	Key         string           `json:"key"`
	Place       string           `json:"place"`
	Places      []Place          `json:"places"`
	Text        string           `json:"text,omitempty"`
	Quoted      string           `json:"quoted,omitempty"`
	Fields      []hub.Field      `json:"fields"`
	Idents      []hub.Ident      `json:"idents"`
	Attachments []hub.Attachment `json:"attachments"`
	Meeting     *hub.Meeting     `json:"meeting,omitempty" doc:"That the mail is about."`
	Notice      *Notice          `json:"notice,omitempty" doc:"What the mail says of the meeting other than that it takes place."`
	Links       []LinkView       `json:"links"`
}

// record fetches a record that v may see.
func (s *Server) record(ctx context.Context, v hub.Viewer, lang, text string) (*RecordView, error) {
	r, err := s.rawRecord(ctx, v, text)
	if err != nil {
		return nil, err
	}
	hits, err := s.hits(ctx, v, []hub.RecordID{r.ID}, "", nil)
	if err != nil {
		return nil, err
	}
	if len(hits) == 0 { // gone since
		return nil, store.ErrNotFound
	}
	why, err := s.whyOf(ctx, v, lang, r)
	if err != nil {
		return nil, err
	}
	c := r.Content
	return &RecordView{
		ID: r.ID, Kind: c.Kind, Nature: hits[0].Nature, Title: hits[0].Title, At: r.At, Department: r.Department,
		Source: r.Source, SourceName: r.SourceName, Key: r.Key, Place: hits[0].Place, Places: hits[0].Places,
		Text: c.Text, Quoted: c.Quoted, Fields: full(c.Fields), Idents: full(c.Idents), Attachments: full(c.Attachments), Meeting: c.Meeting, Notice: hits[0].Notice,
		Links: why.views(r),
	}, nil
}

func (s *Server) rawRecord(ctx context.Context, v hub.Viewer, text string) (*hub.Record, error) {
	id, err := hub.ParseRecordID(text)
	if err != nil {
		return nil, store.ErrNotFound
	}
	return s.store.Record(ctx, v, id)
}

// full makes an empty list of none, so that JSON never says null.
func full[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// original streams the file or message the record was read from.
func (s *Server) original(ctx context.Context, v hub.Viewer, text string) (*huma.StreamResponse, error) {
	r, err := s.rawRecord(ctx, v, text)
	if err != nil {
		return nil, err
	}
	src, err := s.store.Source(ctx, r.Source)
	if err != nil {
		return nil, err
	}
	c, err := s.Registry.Open(ctx, src)
	if err != nil {
		return nil, err
	}
	body, name, mediaType, err := openOriginal(ctx, c, r)
	if err != nil {
		c.Close()
		return nil, err
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		defer c.Close()
		defer body.Close()
		h.SetHeader("Content-Type", mediaType)
		h.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		if _, err := io.Copy(h.BodyWriter(), body); err != nil {
			s.log.Warn("send an original", "record", r.ID, "error", err)
		}
	}}, nil
}

// openOriginal tries the places where the record was seen until one has it.
func openOriginal(ctx context.Context, c connectors.Connector, r *hub.Record) (body io.ReadCloser, name, mediaType string, err error) {
	from, ok := c.(connectors.Original)
	if !ok || len(r.Seen) == 0 {
		return nil, "", "", refuse(http.StatusNotFound, "This source hands out no originals.")
	}
	for _, at := range r.Seen {
		if body, name, mediaType, err = from.Original(ctx, at.Scope, at.Ref); err == nil {
			return body, name, mediaType, nil
		}
	}
	return nil, "", "", fmt.Errorf("original of %s: %w", r.ID, err)
}
