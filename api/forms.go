package api

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"samsyn/connectors"
	"samsyn/internal/hub"
)

// sourceForm is the form of a source, a new one or one that there is, made from
// the settings of its kind.
type sourceForm struct {
	Kind, Doc        string
	ID               hub.SourceID // 0: a new one
	Called           string       // its name now
	Name, Department string
	Fields           []formField
	Typed            bool              // something was typed into it
	Wrong            map[string]string // a sentence for the field that is wrong
	Unread           bool              // it was tried and cannot be read; it may be saved nevertheless

	settings connectors.Config // as they are stored
}

// formField is one setting.
type formField struct {
	Name  string
	Doc   string
	Type  string // text, number, password, checkbox, lines; file: shown, not to be typed
	Value string // "true" of a checkbox that is ticked; "" of a secret
	Kept  bool   // a secret is stored, and stays when nothing is typed
	Typed string // a secret that was typed before, see conceal
}

// sourceForms makes a form for a new source of every kind.
func (s *Server) sourceForms() []sourceForm {
	var forms []sourceForm
	for _, k := range s.Registry.Kinds {
		forms = append(forms, newForm(k))
	}
	return forms
}

// newForm is the form of a new source, with the defaults of its kind.
func newForm(k connectors.Kind) sourceForm {
	c := k.Config()
	return sourceForm{Kind: k.Name, Doc: k.Doc, Fields: formFields(c), settings: c}
}

// formOf is the form of a source that there is.
func (s *Server) formOf(src hub.Source) (sourceForm, error) {
	k, err := s.Registry.Kind(src.Kind)
	if err != nil {
		return sourceForm{}, err
	}
	f := newForm(k)
	if err := json.Unmarshal(src.Config, f.settings); err != nil {
		return f, fmt.Errorf("settings of source %s: %w", src.Name, err)
	}
	f.ID, f.Called, f.Name, f.Department, f.Fields = src.ID, src.Name, src.Name, src.Department, formFields(f.settings)
	return f, nil
}

// formFields reads the tags json, doc and secret. A setting that is no plain
// value has no field: it stays as it is here, and can be set by the API; one that
// names a file of the server is shown, as only its operator may set it.
func formFields(c connectors.Config) []formField {
	var fields []formField
	for t, v := range reflect.ValueOf(c).Elem().Fields() {
		name, _, _ := strings.Cut(t.Tag.Get("json"), ",")
		f := formField{Name: name, Doc: t.Tag.Get("doc"), Type: fieldType(v), Value: fieldText(v)}
		if name == "" || name == "-" || f.Type == "" {
			continue
		}
		if t.Tag.Get("secret") == "true" {
			f.Type, f.Kept, f.Value = "password", f.Value != "", ""
		}
		if t.Tag.Get("file") == "true" {
			if f.Type = "file"; f.Value == "" {
				continue
			}
		}
		fields = append(fields, f)
	}
	return fields
}

func fieldType(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "checkbox"
	case reflect.Int, reflect.Int64:
		return "number"
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.String {
			return "lines"
		}
	}
	return ""
}

// fieldText writes a value as it stands in the form.
func fieldText(v reflect.Value) string {
	if lines, ok := v.Interface().([]string); ok {
		return strings.Join(lines, "\n")
	}
	if v.IsZero() || v.Kind() == reflect.Struct || v.Kind() == reflect.Slice {
		return ""
	}
	return fmt.Sprint(v.Interface())
}

// readForm reads what a person typed into the form, so that the form shows it
// again, and returns the settings that come of it.
func (s *Server) readForm(c *gin.Context, f *sourceForm) (settings map[string]any, err error) {
	f.Typed, f.Name, f.Department = true, c.PostForm("name"), c.PostForm("department")
	data, err := json.Marshal(f.settings)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &settings); err != nil {
		return nil, err
	}
	var wrong error
	for i := range f.Fields {
		field := &f.Fields[i]
		typed := c.PostForm("set." + field.Name)
		text := strings.TrimSpace(typed)
		switch field.Type {
		case "file": // stays
			continue
		case "checkbox":
			settings[field.Name] = text != ""
			text = map[bool]string{true: "true"}[text != ""]
		case "lines":
			settings[field.Name] = nonEmpty(strings.Split(text, "\n"))
		case "number":
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil && text != "" && wrong == nil {
				wrong = hub.At(field.Name, invalid(fmt.Errorf("%s must be a whole number", field.Name)))
			}
			settings[field.Name] = n
		case "password":
			if typed == "" { // a space may belong to it
				typed = s.reveal(c, c.PostForm("typed."+field.Name))
			}
			if field.Typed, err = s.conceal(c, typed); err != nil {
				return nil, err
			}
			settings[field.Name], text = typed, ""
		default:
			settings[field.Name] = text
		}
		field.Value = text
	}
	return settings, wrong
}

// conceal seals a secret that was typed, so that a form that is shown again can
// bring it once more and nobody reads it there. It says who typed it: what rests
// sealed in the store, or was typed by another, is worth nothing in a form.
func (s *Server) conceal(c *gin.Context, secret string) (string, error) {
	if secret == "" {
		return "", nil
	}
	return s.Registry.Seal(typedBy(c) + secret)
}

// reveal opens what conceal sealed for the same user, and nothing else.
func (s *Server) reveal(c *gin.Context, sealed string) string {
	if sealed == "" {
		return ""
	}
	plain, err := s.Registry.Unseal(sealed)
	secret, mine := strings.CutPrefix(plain, typedBy(c))
	if err != nil || !mine {
		return ""
	}
	return secret
}

func typedBy(c *gin.Context) string {
	return "typed by " + viewerOf(c.Request.Context()).User + "\n"
}

func nonEmpty(lines []string) []string {
	out := []string{}
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}
