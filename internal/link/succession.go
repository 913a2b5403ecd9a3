package link

import (
	"slices"
	"strings"

	"samsyn/internal/hub"
)

// Succession is which companies took over which, after official registers:
// anchor → anchors, sorted.
type Succession map[string][]string

// Class returns the anchors that are one customer with an anchor, itself among
// them: those that people tied to it, or, where a register says that the company
// was taken over, those of the company that lives on. What people hold apart a
// register does not bring together.
func (s Succession) Class(r *Rules, anchor string) []string {
	class := r.anchors(anchor)
	seen := map[string]bool{}
	for {
		for _, a := range class {
			seen[a] = true
		}
		next := ""
		for _, a := range class {
			for _, b := range s[a] {
				if !seen[b] && (next == "" || b < next) && !r.apart(seen, b) {
					next = b
				}
			}
		}
		if next == "" {
			return class
		}
		class = r.anchors(next)
	}
}

// anchors are those that people tied to an anchor, itself among them.
func (r *Rules) anchors(anchor string) []string {
	if class := AnchorsOf(r.Class(RuleKey(anchor))); len(class) > 0 {
		return class
	}
	return []string{anchor}
}

// apart reports whether people hold b apart from any of the anchors.
func (r *Rules) apart(anchors map[string]bool, b string) bool {
	for a := range anchors {
		if r.BarredBy(RuleKey(a), RuleKey(b)) != 0 {
			return true
		}
	}
	return false
}

// RuleKey is how decisions name what an anchor founds.
func RuleKey(anchor string) string {
	if ParseKey(anchor).Kind == hub.IdentName {
		return Key{Kind: KindAnchor, Value: anchor}.ID()
	}
	return anchor
}

// TakenOver is the key of a company that an official register says took over
// the one that a record names.
func TakenOver(anchor string) Key {
	return Key{Kind: KindSuccession, Value: strings.TrimPrefix(anchor, hub.IdentOrgNo+" ")}
}

// Numbers picks the organisation numbers among keys or anchors, as they stand in
// them: "NO923609016" of "orgno NO923609016".
func Numbers(keys []string) (numbers []string) {
	for _, k := range keys {
		if n, ok := strings.CutPrefix(k, hub.IdentOrgNo+" "); ok {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// NumberKey is the key of an organisation number, and the anchor of its customer.
func NumberKey(number string) string { return Key{Kind: hub.IdentOrgNo, Value: number}.ID() }
