package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"samsyn/connectors"
	"samsyn/internal/hub"
	"samsyn/internal/store"
)

// SourceView is a source with how it fares. Settings are shown to those who
// run sources, and never with their secrets.
type SourceView struct {
	store.Status
	Settings json.RawMessage `json:"settings,omitempty"`
}

// SourceInput describes a new source.
type SourceInput struct {
	Name       string         `json:"name" minLength:"1" maxLength:"100"`
	Kind       string         `json:"kind" doc:"Kind of connector: folder, imap."`
	Department string         `json:"department" minLength:"1" maxLength:"100"`
	Settings   map[string]any `json:"settings" doc:"Settings of the kind. Secrets are write-only."`
	Check      bool           `json:"check,omitempty" doc:"Try whether it can be read, and add it only then."`
}

// SourceChange holds what is to change of a source; what is absent stays.
type SourceChange struct {
	Name       *string        `json:"name,omitempty" minLength:"1" maxLength:"100"`
	Department *string        `json:"department,omitempty" minLength:"1" maxLength:"100"`
	Paused     *bool          `json:"paused,omitempty"`
	Settings   map[string]any `json:"settings,omitempty" doc:"All settings; a secret left empty keeps its value."`
	Check      bool           `json:"check,omitempty" doc:"Try whether it can be read with other settings, and change it only then."`
}

// CheckResult says whether a source can be read, and else in words what is wrong.
type CheckResult struct {
	OK     bool   `json:"ok"`
	Class  string `json:"class,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// sources lists the sources of the departments v sees; who runs sources sees all.
func (s *Server) sources(ctx context.Context, v hub.Viewer) ([]SourceView, error) {
	statuses, err := s.store.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	views := []SourceView{}
	for _, st := range statuses {
		if !v.Sees(st.Department) {
			continue
		}
		view := SourceView{Status: st}
		if permitted(v.Role, hub.RoleIT) {
			if view.Settings, err = s.Registry.Shown(st.Kind, st.Config); err != nil { // the source is listed all the same
				s.log.Warn("show the settings of a source", "source", st.Name, "error", err)
			}
		}
		views = append(views, view)
	}
	return views, nil
}

// source finds a source by the id in an address.
func (s *Server) source(ctx context.Context, text string) (hub.Source, error) {
	id, err := hub.ParseSourceID(text)
	if err != nil {
		return hub.Source{}, store.ErrNotFound
	}
	return s.store.Source(ctx, id)
}

// addSource adds a source and has it read at once.
func (s *Server) addSource(ctx context.Context, in SourceInput) (*SourceView, error) {
	src := hub.Source{Name: strings.TrimSpace(in.Name), Kind: in.Kind, Department: strings.TrimSpace(in.Department), Created: s.now()}
	var err error
	if src.Config, err = s.settings(ctx, src.Kind, in.Settings, nil); err != nil {
		return nil, err
	}
	if err := src.CheckNames(); err != nil {
		return nil, invalid(err)
	}
	if in.Check {
		if err := s.try(ctx, src); err != nil {
			return nil, err
		}
	}
	if src.ID, err = s.store.AddSource(ctx, src); err != nil {
		return nil, ofName(err)
	}
	if err := s.Sync(ctx, src.ID); err != nil {
		return nil, err
	}
	return s.sourceView(ctx, src.ID)
}

// try refuses a source that cannot be read.
func (s *Server) try(ctx context.Context, src hub.Source) error {
	if err := s.Registry.Check(ctx, src); err != nil {
		return &unreadable{err}
	}
	return nil
}

// ofName says of an error that it is about the name, if the name is taken.
func ofName(err error) error {
	if errors.Is(err, store.ErrExists) {
		return hub.At("name", err)
	}
	return err
}

// settings checks settings and returns them as they are stored. Which files of
// the machine are read is for its operator to say: they hold secrets.
func (s *Server) settings(ctx context.Context, kind string, plain map[string]any, old []byte) ([]byte, error) {
	data, err := json.Marshal(plain)
	if err != nil {
		return nil, err
	}
	files, err := s.Registry.NewFiles(kind, data, old)
	if err != nil {
		return nil, invalid(err)
	}
	if len(files) > 0 && !isOperator(ctx) {
		return nil, hub.At(files[0], refuse(http.StatusForbidden, files[0]+" names a file on the server: set it there with samsyn source add or set, or give the password itself."))
	}
	stored, err := s.Registry.Settings(kind, data, old)
	if err != nil {
		return nil, invalid(err)
	}
	return stored, nil
}

func (s *Server) sourceView(ctx context.Context, id hub.SourceID) (*SourceView, error) {
	all, err := s.sources(ctx, hub.Viewer{All: true, Role: hub.RoleIT})
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == id {
			return &all[i], nil
		}
	}
	return nil, store.ErrNotFound
}

// changeSource changes a source, and has it read at once with other settings or when
// it is resumed. Its records go with it to another department, where those read them
// who see that one: only who sees them already may move them.
func (s *Server) changeSource(ctx context.Context, v hub.Viewer, text string, in SourceChange) (*SourceView, error) {
	old, err := s.source(ctx, text)
	if err != nil {
		return nil, err
	}
	src, err := s.changed(ctx, v, old, in)
	if err != nil {
		return nil, err
	}
	otherwise := !bytes.Equal(src.Config, old.Config)
	if in.Check && otherwise {
		if err := s.try(ctx, src); err != nil {
			return nil, err
		}
		in.Check = false
		return s.changeSource(ctx, v, text, in) // as it is by now: trying takes time
	}
	if err := s.store.UpdateSource(ctx, src); err != nil {
		return nil, ofName(err)
	}
	if !src.Paused && (otherwise || old.Paused) {
		if err := s.Sync(ctx, src.ID); err != nil {
			return nil, err
		}
	}
	return s.sourceView(ctx, src.ID)
}

// changed is the source as it is to be.
func (s *Server) changed(ctx context.Context, v hub.Viewer, src hub.Source, in SourceChange) (_ hub.Source, err error) {
	if in.Name != nil {
		src.Name = strings.TrimSpace(*in.Name)
	}
	if in.Department != nil {
		to := strings.TrimSpace(*in.Department)
		if to != src.Department && !v.Sees(src.Department) {
			return src, hub.At("department", refuse(http.StatusForbidden, "Only somebody who sees "+src.Department+" can move this source to another department."))
		}
		src.Department = to
	}
	if in.Paused != nil {
		src.Paused = *in.Paused
	}
	if in.Settings != nil {
		if src.Config, err = s.settings(ctx, src.Kind, in.Settings, src.Config); err != nil {
			return src, err
		}
	}
	if err := src.CheckNames(); err != nil {
		return src, invalid(err)
	}
	return src, nil
}

func (s *Server) removeSource(ctx context.Context, text string) error {
	src, err := s.source(ctx, text)
	if err != nil {
		return err
	}
	return s.store.RemoveSource(ctx, src.ID)
}

// checkSource tries whether the source can be read. That it cannot is an
// answer, not an error.
func (s *Server) checkSource(ctx context.Context, text string) (*CheckResult, error) {
	src, err := s.source(ctx, text)
	if err != nil {
		return nil, err
	}
	if err := s.Registry.Check(ctx, src); err != nil {
		return &CheckResult{Class: connectors.ClassOf(err), Reason: connectors.ReasonOf(err)}, nil
	}
	return &CheckResult{OK: true}, nil
}

func (s *Server) syncSource(ctx context.Context, text string) error {
	src, err := s.source(ctx, text)
	if err != nil {
		return err
	}
	if src.Paused {
		return refuse(http.StatusConflict, "The source is paused: resume it first.")
	}
	return s.Sync(ctx, src.ID)
}

// acceptSource lets held removals through and returns how many records go.
func (s *Server) acceptSource(ctx context.Context, text string) (records int, err error) {
	src, err := s.source(ctx, text)
	if err != nil {
		return 0, err
	}
	if records, err = s.store.Accept(ctx, src.ID); err != nil {
		return 0, err
	}
	return records, s.Sync(ctx, src.ID)
}
