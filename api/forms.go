package api

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"samsyn/connectors"
)

// sourceForm is the form for a new source, made from the settings of its kind.
type sourceForm struct {
	Kind   string
	Doc    string
	Fields []formField
}

// formField is one setting.
type formField struct {
	Name    string
	Doc     string
	Type    string // text, number, password, checkbox, lines
	Default string
}

// sourceForms makes a form for every kind of connector.
func (s *Server) sourceForms() []sourceForm {
	var forms []sourceForm
	for _, k := range s.Registry.Kinds {
		forms = append(forms, sourceForm{k.Name, k.Doc, formFields(k.Config())})
	}
	return forms
}

// formFields reads the tags json, doc and secret. A setting that is no plain
// value has no field: it keeps its default here, and can be set by the API; nor
// has one that names a file of the server, which is for its operator.
func formFields(c connectors.Config) []formField {
	v := reflect.Indirect(reflect.ValueOf(c))
	var fields []formField
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("json"), ",")
		f := formField{Name: name, Doc: tag.Get("doc"), Type: fieldType(v.Field(i)), Default: fieldText(v.Field(i))}
		if tag.Get("secret") == "true" {
			f.Type, f.Default = "password", ""
		}
		if name != "" && name != "-" && f.Type != "" && tag.Get("file") != "true" {
			fields = append(fields, f)
		}
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

// fieldText writes a default as it stands in the form.
func fieldText(v reflect.Value) string {
	if lines, ok := v.Interface().([]string); ok {
		return strings.Join(lines, "\n")
	}
	if v.IsZero() || v.Kind() == reflect.Struct || v.Kind() == reflect.Slice {
		return ""
	}
	return fmt.Sprint(v.Interface())
}

// readForm reads the settings that a person typed, over the defaults of the kind.
func readForm(c connectors.Config, typed func(name string) string) (map[string]any, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	settings := map[string]any{}
	if err := json.Unmarshal(data, &settings); err != nil {
		return nil, err
	}
	for _, f := range formFields(c) {
		text := strings.TrimSpace(typed("set." + f.Name))
		switch f.Type {
		case "checkbox":
			settings[f.Name] = text != ""
		case "lines":
			settings[f.Name] = nonEmpty(strings.Split(text, "\n"))
		case "number":
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil && text != "" {
				return nil, invalid(fmt.Errorf("%s must be a whole number", f.Name))
			}
			settings[f.Name] = n
		case "password":
			settings[f.Name] = typed("set." + f.Name) // a space may belong to it
		default:
			settings[f.Name] = text
		}
	}
	return settings, nil
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
