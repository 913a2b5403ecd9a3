package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"samsyn/internal/hub"
	"samsyn/internal/link"
	"samsyn/internal/mail"
	"samsyn/internal/nature"
	"samsyn/internal/store"
)

// recordBody is a record with what may be said of it.
type recordBody struct {
	*RecordView
	Natures []string
	Sheet   string // file and sheet whose rows a correction is about; "" of a mail
	Alone   bool   // on a page of its own
}

func (s *Server) recordPage(c *gin.Context) {
	b, err := s.recordBody(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	b.Alone = true
	title := b.Title
	if title == "" {
		title = s.text(c, "record.untitled")
	}
	s.show(c, http.StatusOK, "record", page{Title: title, Notice: notice(c), Undo: undoOf(c), Body: b})
}

// recordPart is a record for a line that opens in place.
func (s *Server) recordPart(c *gin.Context) {
	b, err := s.recordBody(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.render(c, http.StatusOK, "part", page{Body: b})
}

func (s *Server) recordBody(c *gin.Context) (*recordBody, error) {
	ctx := c.Request.Context()
	r, err := s.record(ctx, viewerOf(ctx), s.language(c), c.Param("id"))
	if err != nil {
		return nil, err
	}
	b := &recordBody{RecordView: r, Natures: nature.OfRows()}
	if r.Kind == hub.KindRow && len(r.Places) > 0 {
		b.Sheet = r.Places[0].Where
	}
	return b, nil
}

// recordPost is what a person says about a record: that it and a customer belong
// together, or do not; or what the rows of its file are.
func (s *Server) recordPost(c *gin.Context) {
	ctx, id := c.Request.Context(), c.Param("id")
	v := viewerOf(ctx)
	if c.Param("action") == "nature" {
		if err := s.rule(ctx, v, id, c.PostForm("nature")); err != nil {
			s.fail(c, err)
			return
		}
		c.Redirect(http.StatusSeeOther, "/records/"+id+"?done=ruled")
		return
	}
	kind, known := map[string]string{"apart": link.CannotLink, "together": link.MustLink}[c.Param("action")]
	customer, err := hub.ParseCustomerID(c.PostForm("customer"))
	if err != nil || !known {
		s.fail(c, store.ErrNotFound)
		return
	}
	batch, err := s.tie(ctx, v, kind, id, customer)
	if err == nil {
		err = s.awaitLinked(ctx)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, withNotice(s.stood(c, v, "/records/"+id), "decided", batch))
}

// stood is the customer's page from whose history a form was sent, if there still
// is one, else otherwise.
func (s *Server) stood(c *gin.Context, v hub.Viewer, otherwise string) string {
	from, err := url.Parse(c.Request.Referer())
	if err != nil || from.Host != c.Request.Host {
		return otherwise
	}
	id, err := hub.ParseCustomerID(strings.TrimPrefix(from.Path, "/customers/"))
	if err != nil {
		return otherwise
	}
	if _, err := s.store.Customer(c.Request.Context(), v, id); err != nil {
		return otherwise
	}
	return (&url.URL{Path: from.Path, RawQuery: from.RawQuery, Fragment: "history"}).String()
}

// rule says what the rows of the file are in which a record stands; "" leaves it
// to recognition again. It holds for later deliveries of the file.
func (s *Server) rule(ctx context.Context, v hub.Viewer, record, what string) error {
	if what != "" && !slices.Contains(nature.OfRows(), what) {
		return invalid(fmt.Errorf("rows cannot be of the kind %q", what))
	}
	r, err := s.rawRecord(ctx, v, record)
	if err != nil {
		return err
	}
	if r.Content.Kind != hub.KindRow || len(r.Seen) == 0 {
		return invalid(errors.New("only the rows of a file can be corrected"))
	}
	headers, err := s.store.Headers(ctx, r.Source, r.Seen[0].Scope)
	if err != nil {
		return err
	}
	pattern := nature.PlaceOf(r.Seen[0].Scope, r.Seen[0].Ref).Pattern()
	if err := s.store.Rule(ctx, store.Ruling{Source: r.Source, Pattern: pattern, Headers: headers, Nature: what, By: v.User}); err != nil {
		return err
	}
	return s.follow(ctx)
}

// sheetsBody is what the files of a source were taken for.
type sheetsBody struct {
	Source  hub.Source
	Sheets  []sheetLine
	Natures []string
}

type sheetLine struct {
	store.Sheet
	Where string
	Most  string // the nature of most of its rows
	Ruled bool   // a person said so
}

// sheetsPage shows what each file of a source was taken for, and takes corrections.
func (s *Server) sheetsPage(c *gin.Context) {
	ctx := c.Request.Context()
	b, err := s.sheets(ctx, viewerOf(ctx), c.Param("id"))
	if err != nil {
		s.fail(c, err)
		return
	}
	s.show(c, http.StatusOK, "sheets", page{Title: b.Source.Name, Nav: "sources", Notice: notice(c), Body: b})
}

func (s *Server) sheets(ctx context.Context, v hub.Viewer, text string) (*sheetsBody, error) {
	id, err := hub.ParseSourceID(text)
	if err != nil {
		return nil, store.ErrNotFound
	}
	list, err := s.store.Sheets(ctx, v, id)
	if err != nil {
		return nil, err
	}
	rulings, err := s.store.Rulings(ctx, id)
	if err != nil {
		return nil, err
	}
	b := &sheetsBody{Natures: nature.OfRows()}
	if b.Source, err = s.store.Source(ctx, id); err != nil {
		return nil, err
	}
	for _, one := range list {
		l := sheetLine{Sheet: one}
		l.Where, _ = locate(hub.KindRow, one.Scope, one.Ref)
		for _, n := range nature.All() {
			if one.Natures[n] > one.Natures[l.Most] || l.Most == "" && one.Natures[n] > 0 {
				l.Most = n
			}
		}
		pattern := nature.PlaceOf(one.Scope, one.Ref).Pattern()
		for _, r := range rulings {
			l.Ruled = l.Ruled || r.Pattern == pattern
		}
		b.Sheets = append(b.Sheets, l)
	}
	return b, nil
}

// sheetsPost takes a correction on a file.
func (s *Server) sheetsPost(c *gin.Context) {
	ctx := c.Request.Context()
	if err := s.rule(ctx, viewerOf(ctx), c.PostForm("record"), c.PostForm("nature")); err != nil {
		s.fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/sources/"+c.Param("id")+"/files?done=ruled")
}

// letterStyle is the whole style of a mail that is shown as it was sent; it
// follows the reader's choice of light or dark no further than paper does.
const letterStyle = `html{background:#fff;color:#1a2126;font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}body{margin:12px}` +
	`table{border-collapse:collapse;max-width:100%}td,th{vertical-align:top;padding:2px 6px;text-align:left}blockquote{margin:8px 0 8px 8px;padding-left:10px;border-left:3px solid #dcdfdb}pre{white-space:pre-wrap;font:inherit}`

// letterPolicy lets a mail load and do nothing at all, wherever it is opened.
func letterPolicy() string {
	sum := sha256.Sum256([]byte(letterStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; sandbox allow-popups allow-popups-to-escape-sandbox; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
}

// maxLetter bounds the original that is fetched to show its HTML, in bytes.
const maxLetter = 32 << 20

// recordLetter shows a mail as it was sent: the HTML of the original, made
// harmless; its text where there is none or the original cannot be had.
func (s *Server) recordLetter(c *gin.Context) {
	ctx := c.Request.Context()
	r, err := s.rawRecord(ctx, viewerOf(ctx), c.Param("id"))
	if err == nil && r.Content.Kind != hub.KindMail {
		err = store.ErrNotFound
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	body, err := s.letterOf(ctx, r)
	if err != nil {
		s.log.Warn("fetch a mail to show it", "record", r.ID, "error", err)
	}
	if body == "" {
		body = "<pre>" + html.EscapeString(strings.TrimSpace(r.Content.Text+"\n\n"+r.Content.Quoted)) + "</pre>"
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", letterPolicy())
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Referrer-Policy", "no-referrer")
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte("<!doctype html><meta charset=utf-8><title>mail</title><style>"+letterStyle+"</style>"+body))
}

// letterOf fetches the original and returns its HTML, sanitised; "" if it has none.
func (s *Server) letterOf(ctx context.Context, r *hub.Record) (string, error) {
	src, err := s.store.Source(ctx, r.Source)
	if err != nil {
		return "", err
	}
	conn, err := s.Registry.Open(ctx, src)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	body, _, _, err := openOriginal(ctx, conn, r)
	if err != nil {
		return "", err
	}
	defer body.Close()
	raw, err := io.ReadAll(io.LimitReader(body, maxLetter))
	if err != nil {
		return "", err
	}
	return mail.HTML(ctx, bytes.NewReader(raw), mail.Options{TempDir: s.Registry.Env.TempDir})
}
