package api

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"samsyn/indexer"
	"samsyn/internal/hub"
	"samsyn/internal/store"
	"samsyn/internal/tables"
)

const (
	exportPart = 500  // hits that are asked for at a time
	exportText = 2000 // characters of a record
)

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// exportResult writes what a search found into a workbook, in its order, with
// the words and customs of the reader's language.
func (s *Server) exportResult(c *gin.Context) {
	ctx, in := c.Request.Context(), bindSearch(c)
	rows, total, err := s.exportRows(ctx, viewerOf(ctx), in, s.language(c))
	if err != nil {
		s.fail(c, err)
		return
	}
	if len(rows) < total && len(rows) == s.MaxExport {
		rows = append(rows, []any{nil, nil, nil, nil, s.text(c, "export.cut", len(rows), total)})
	}
	var columns []tables.SheetColumn
	for _, col := range []tables.SheetColumn{{Header: "date", Width: 12}, {Header: "kind", Width: 10}, {Header: "department", Width: 16}, {Header: "customer", Width: 32},
		{Header: "title", Width: 44}, {Header: "amount", Width: 14}, {Header: "currency", Width: 10}, {Header: "gross", Width: 14}, {Header: "text", Width: 80}, {Header: "source", Width: 24}, {Header: "place", Width: 36}} {
		columns = append(columns, tables.SheetColumn{Header: s.text(c, "export."+col.Header), Width: col.Width})
	}
	name := strings.TrimSpace("samsyn " + fileWords(in.Q))
	c.Header("Content-Type", workbookType)
	c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + ".xlsx"}))
	c.Status(http.StatusOK)
	err = tables.WriteBook(c.Writer, s.text(c, "export.sheet"), columns, func(yield func([]any) bool) {
		for _, row := range rows {
			if !yield(row) {
				return
			}
		}
	})
	if err != nil {
		s.log.Error("write a workbook", "error", err) // the answer has begun: the browser sees a broken file
	}
}

// exportRows gathers the hits part by part, as many as a workbook holds of all
// that there are; one that moved meanwhile comes once.
func (s *Server) exportRows(ctx context.Context, v hub.Viewer, in SearchInput, lang string) (rows [][]any, total int, err error) {
	seen := map[hub.RecordID]bool{}
	in.PerPage = exportPart
	for in.Page = 1; len(rows) < s.MaxExport; in.Page++ {
		q, err := in.query(v, s.Zone)
		if err != nil {
			return nil, 0, invalid(err)
		}
		if q.Customer, err = s.livingID(ctx, v, q.Customer); err != nil {
			return nil, 0, err
		}
		q.Customers, q.Uncounted = 0, true
		found, err := s.Index.Search(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		total = found.Total
		ids := recordIDs(found.Hits)
		hits, err := s.hits(ctx, v, ids, "", nil)
		if err != nil {
			return nil, 0, err
		}
		prices, err := s.store.Prices(ctx, v, ids)
		if err != nil {
			return nil, 0, err
		}
		for _, h := range hits {
			if !seen[h.ID] {
				seen[h.ID] = true
				rows = append(rows, s.exportRow(h, prices, lang))
			}
		}
		if len(found.Hits) < exportPart {
			break
		}
	}
	return rows[:min(len(rows), s.MaxExport)], total, nil
}

func (s *Server) exportRow(h Hit, prices map[hub.RecordID]store.Price, lang string) []any {
	var customers, places []string
	for _, c := range h.Customers {
		customers = append(customers, c.Name)
	}
	for _, p := range h.Places {
		places = append(places, s.site.Place(lang, p.Where, p.Row))
	}
	var date, amount, currency, gross any
	if !h.At.IsZero() {
		date = hub.Shown(h.At, s.Zone)
	}
	if p, priced := prices[h.ID]; priced {
		amount, currency, gross = float64(p.Cents)/100, p.Currency, s.site.Named(lang, "bool", strconv.FormatBool(p.Gross))
	}
	text := indexer.Shown(h.content, s.tellIn(lang)).String()
	return []any{date, s.site.Named(lang, "nature", h.Nature), h.Department, strings.Join(customers, ", "), h.Title, amount, currency, gross,
		shorten(text, exportText), h.SourceName, strings.Join(places, "\n")}
}

func shorten(text string, max int) string {
	if r := []rune(text); len(r) > max {
		return string(r[:max-1]) + "…"
	}
	return text
}

// fileWords is a query as part of a file name.
func fileWords(q string) string {
	q = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return ' '
		}
		return r
	}, q)
	return strings.Join(strings.Fields(shorten(q, 60)), " ")
}

// exportAddress is where the result of a search can be had as a workbook.
func exportAddress(in SearchInput) string {
	in.Page = 1
	return fmt.Sprintf("/export.xlsx?%s", in.values().Encode())
}
