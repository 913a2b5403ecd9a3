package main

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"samsyn/internal/hub"
)

type searchCmd struct {
	Query      []string `arg:"" help:"What to look for; the last word may be unfinished."`
	Department []string `help:"Only this department; may be repeated."`
	Kind       []string `help:"Only this kind: row or mail."`
	Limit      int      `help:"Hits to show." default:"20"`
	JSON       bool     `name:"json" help:"Print JSON."`
}

// found is what people see of an answer of GET /search.
type found struct {
	Total     int
	TookMS    float64 `json:"took_ms"`
	Customers []struct {
		ID, Name    string
		Departments []string
	}
	Hits []struct {
		ID, Kind, Title, Snippet, Department, Source, Place string
		At                                                  string
		Customers                                           []struct{ ID, Name string }
	}
}

func (c *searchCmd) Run(e *env) error {
	l, err := reach(e)
	if err != nil {
		return err
	}
	defer l.Close()
	q := url.Values{"q": {strings.Join(c.Query, " ")}, "department": c.Department, "kind": c.Kind, "per_page": {strconv.Itoa(c.Limit)}}
	var raw json.RawMessage
	if err := l.do(e.ctx, http.MethodGet, "/api/v1/search?"+q.Encode(), nil, &raw); err != nil {
		return err
	}
	if out := e.out.asked(c.JSON); out.json {
		return out.emit(raw)
	}
	var f found
	if err := json.Unmarshal(raw, &f); err != nil {
		return err
	}
	f.print(e.out)
	return nil
}

func (f found) print(o output) {
	for _, c := range f.Customers {
		o.say("%s  %s  (%s)", c.ID, c.Name, strings.Join(c.Departments, ", "))
	}
	if len(f.Customers) > 0 {
		o.say("")
	}
	for _, h := range f.Hits {
		names := make([]string, len(h.Customers))
		for i, c := range h.Customers {
			names[i] = c.Name
		}
		o.say("%s  %s  %s · %s · %s  %s", h.ID, day(h.At), h.Department, h.Kind, h.Title, strings.Join(names, ", "))
		if h.Snippet != "" {
			o.say("      %s", plain(h.Snippet))
		}
	}
	o.say("%d hits in %.0f ms", f.Total, f.TookMS)
}

func day(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return "          "
	}
	return hub.Shown(t, time.Local).Format(time.DateOnly)
}

// plain takes the marks out of a snippet, the only element it may hold.
func plain(snippet string) string {
	return html.UnescapeString(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(snippet))
}

type customerCmd struct {
	ID   string `arg:"" help:"Id of the customer, as search prints it."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// customerPage is the profile with the whole history, as JSON is printed.
type customerPage struct {
	Customer json.RawMessage   `json:"customer"`
	History  []json.RawMessage `json:"history"`
}

func (c *customerCmd) Run(e *env) error {
	l, err := reach(e)
	if err != nil {
		return err
	}
	defer l.Close()
	var p customerPage
	path := "/api/v1/customers/" + url.PathEscape(c.ID)
	if err := l.do(e.ctx, http.MethodGet, path, nil, &p.Customer); err != nil {
		return err
	}
	for cursor := ""; ; {
		var page struct {
			Hits []json.RawMessage `json:"hits"`
			Next string            `json:"next"`
		}
		if err := l.do(e.ctx, http.MethodGet, path+"/history?"+url.Values{"cursor": {cursor}}.Encode(), nil, &page); err != nil {
			return err
		}
		p.History = append(p.History, page.Hits...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if out := e.out.asked(c.JSON); out.json {
		return out.emit(p)
	}
	return p.print(e.out)
}

func (p customerPage) print(o output) error {
	var c struct {
		ID, Name string
		Faces    []struct {
			Department, Name string
			Records          int
			Idents           []struct{ Kind, Value string }
		}
	}
	if err := json.Unmarshal(p.Customer, &c); err != nil {
		return err
	}
	o.say("%s  %s", c.ID, c.Name)
	for _, f := range c.Faces {
		idents := make([]string, len(f.Idents))
		for i, d := range f.Idents {
			idents[i] = d.Kind + " " + d.Value
		}
		o.say("  %s: %s, %d records  %s", f.Department, f.Name, f.Records, strings.Join(idents, ", "))
	}
	o.say("")
	for _, raw := range p.History {
		var h struct{ ID, At, Kind, Department, Title string }
		if err := json.Unmarshal(raw, &h); err != nil {
			return fmt.Errorf("history: %w", err)
		}
		o.say("%s  %s  %s · %s · %s", h.ID, day(h.At), h.Department, h.Kind, h.Title)
	}
	return nil
}
