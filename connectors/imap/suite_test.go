package imap

import (
	"context"
	"net"
	"testing"

	"github.com/emersion/go-imap/v2"

	"samsyn/connectors"
	"samsyn/connectors/connectortest"
)

// conn dials the mailbox with the faults that are set.
func (m *mailbox) conn(context.Context) (net.Conn, error) {
	conn, err := m.dial()
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil || m.cutAfter == 0 && !m.poison {
		return conn, err
	}
	f := &faulty{Conn: conn, left: -1}
	if m.cutAfter > 0 {
		f.left = m.cutAfter
	}
	if m.poison {
		f.word = []byte(poison)
	}
	return f, nil
}

func (m *mailbox) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

const (
	archive = "Archive"
	nordic  = "Kunder/Åse & Øye"
)

func (m *mailbox) source() connectortest.Source {
	m.create(archive)
	m.create(nordic)
	m.add(archive, 4)
	m.add("INBOX", 3)
	m.add(nordic, 5)
	return connectortest.Source{
		Open:  func() connectors.Connector { return m.connector(nil) },
		Items: map[string]int{archive: 4, "INBOX": 3, nordic: 5},
		Add:   m.add, Remove: m.remove, Move: m.move, Renumber: m.renumber,
		Break: func(folder string) {
			m.put(folder, m.letter(poison))
			m.set(func() { m.poison = true })
		},
		Table: func(folder string) {
			m.put(folder, m.letter("A mail without a table."))
			m.put(folder, m.withTable("Zyx", "liste.csv"))
			m.put(folder, m.withTable("Kontaktperson", "andre.csv"))
		},
		RemoveScope: func(folder string) { m.must(m.hand.Delete(folder).Wait()) },
		Cut:         func() { m.set(func() { m.cutAfter = 30 }) },
		Restore:     func() { m.set(func() { m.cutAfter = 0 }) },
		Immutable:   true, Marked: true,
	}
}

func TestSuiteOldServer(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.Source {
		m := memServer(t, imap.CapIMAP4rev1, imap.CapMove, imap.CapUnselect)
		s := m.source()
		s.BreakScope = func(folder string) { m.set(func() { m.closed[folder] = true }) }
		return s
	})
}

func TestSuiteNewServer(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.Source {
		return memServer(t, imap.CapIMAP4rev1, imap.CapIMAP4rev2, imap.CapSpecialUse).source()
	})
}

func TestSuiteDovecot(t *testing.T) {
	t.Parallel()
	m := dovecot(t)
	connectortest.Run(t, func(t *testing.T) connectortest.Source { return m.empty().source() })
}
