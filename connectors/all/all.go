// Package all lists the kinds of connectors that the program has.
package all

import (
	"samsyn/connectors"
	"samsyn/connectors/folder"
	"samsyn/connectors/imap"
)

// Kinds returns every kind. A new one is added here and nowhere else.
func Kinds() []connectors.Kind { return []connectors.Kind{folder.Kind(), imap.Kind()} }
