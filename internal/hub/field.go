package hub

import "errors"

// fieldError is an error about one field.
type fieldError struct {
	field string
	error
}

func (e *fieldError) Unwrap() error { return e.error }

// At says which field of a form or which setting err is about, by its name in
// JSON. Words and class of the error stay as they are.
func At(field string, err error) error {
	if err == nil || field == "" {
		return err
	}
	return &fieldError{field, err}
}

// FieldOf tells what field err is about, "" if about none in particular.
func FieldOf(err error) string {
	var e *fieldError
	if errors.As(err, &e) {
		return e.field
	}
	return ""
}
