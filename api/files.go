package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"samsyn/internal/hub"
)

// Receipt tells a department what became of the files it dropped.
type Receipt struct {
	Source   hub.SourceID   `json:"source"`
	Name     string         `json:"source_name"`
	Files    []ReceivedFile `json:"files"`
	Read     bool           `json:"read" doc:"The files have been read. If not, they will be within minutes."`
	Records  int            `json:"records" doc:"Records of the source now."`
	Problems []hub.Problem  `json:"problems" doc:"What could not be read of these files."`
}

// ReceivedFile is one file of an upload.
type ReceivedFile struct {
	Name     string `json:"name"`
	Bytes    int64  `json:"bytes"`
	Replaced bool   `json:"replaced" doc:"A file of that name was there before."`
}

// readable are the endings of the files that are read.
var readable = []string{".xlsx", ".xlsm", ".csv", ".tsv"}

// upload puts files into the folder of the department's folder source and has
// it read.
func (s *Server) upload(ctx context.Context, v hub.Viewer, department string, files []*multipart.FileHeader) (*Receipt, error) {
	if len(files) == 0 {
		return nil, refuse(http.StatusUnprocessableEntity, "The upload holds no file: send it as multipart/form-data in the field \"file\".")
	}
	src, dir, err := s.departmentFolder(ctx, v, department)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("folder of source %s: %w", src.Name, err)
	}
	defer root.Close()
	for _, f := range files { // all names before the first byte: an upload is taken whole or not at all
		if err := checkFileName(f.Filename); err != nil {
			return nil, err
		}
	}
	started := s.now()
	receipt := &Receipt{Source: src.ID, Name: src.Name, Problems: []hub.Problem{}}
	for _, f := range files {
		got, err := save(root, f)
		if err != nil {
			return nil, fmt.Errorf("save upload in source %s: %w", src.Name, err)
		}
		receipt.Files = append(receipt.Files, got)
	}
	if err := s.Sync(ctx, src.ID); err != nil {
		return nil, err
	}
	return receipt, s.awaitRead(ctx, v, receipt, started)
}

// departmentFolder finds the folder source of a department that v may see.
func (s *Server) departmentFolder(ctx context.Context, v hub.Viewer, department string) (src hub.Source, dir string, err error) {
	if !v.Sees(department) {
		return src, "", refuse(http.StatusNotFound, "There is no such department, or you may not see it.")
	}
	all, err := s.store.Sources(ctx)
	if err != nil {
		return src, "", err
	}
	for _, src := range all {
		if src.Department != department || src.Paused {
			continue
		}
		if dir := s.folderOf(src); dir != "" {
			return src, dir, nil
		}
	}
	return src, "", refuse(http.StatusNotFound, "The department has no folder: ask IT to add a source of kind folder.")
}

// folderOf is the directory a source watches, "" if it watches none.
func (s *Server) folderOf(src hub.Source) string {
	if src.Kind != "folder" {
		return ""
	}
	shown, err := s.Registry.Shown(src.Kind, src.Config)
	if err != nil {
		return ""
	}
	var settings struct {
		Path string `json:"path"`
	}
	if json.Unmarshal(shown, &settings) != nil {
		return ""
	}
	return settings.Path
}

// checkFileName refuses what is no plain name of a file that is read. Browsers
// send names without folders; whoever sends one means no good.
func checkFileName(name string) error {
	switch {
	case name == "" || len(name) > 200 || strings.ContainsAny(name, `/\:`) || strings.ContainsFunc(name, unicode.IsControl):
		return refuse(http.StatusUnprocessableEntity, "A file name must be short and without folders.")
	case strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~"):
		return refuse(http.StatusUnprocessableEntity, "Hidden and lock files are not read: save the workbook under another name.")
	case !slices.Contains(readable, strings.ToLower(filepath.Ext(name))):
		return refuse(http.StatusUnsupportedMediaType, "Only files ending in "+strings.Join(readable, ", ")+" are read: save it as one of them.")
	}
	return nil
}

// save writes the file under a hidden name and then renames it, so that nobody
// reads half of it. The root keeps it inside the folder.
func save(root *os.Root, f *multipart.FileHeader) (got ReceivedFile, err error) {
	in, err := f.Open()
	if err != nil {
		return got, err
	}
	defer in.Close()
	temp := ".upload-" + newSecret() + ".tmp"
	out, err := root.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return got, err
	}
	got.Name = f.Filename
	got.Bytes, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return got, errors.Join(err, root.Remove(temp))
	}
	if _, err := root.Lstat(f.Filename); err == nil {
		got.Replaced = true
	} else if !errors.Is(err, fs.ErrNotExist) {
		return got, errors.Join(err, root.Remove(temp))
	}
	return got, root.Rename(temp, f.Filename)
}

// awaitRead waits a little for the look at the source to end and completes the
// receipt with what it found.
func (s *Server) awaitRead(ctx context.Context, v hub.Viewer, receipt *Receipt, started time.Time) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	deadline := started.Add(s.ReceiptWait)
	for s.now().Before(deadline) {
		view, err := s.sourceView(ctx, receipt.Source)
		if err != nil {
			return err
		}
		receipt.Records = view.Records
		if receipt.Read = !view.Syncing && view.Synced.After(started); receipt.Read {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	problems, err := s.store.Problems(ctx, v)
	for _, p := range problems {
		for _, f := range receipt.Files {
			if file, _, _ := strings.Cut(p.Scope, "#"); p.Source == receipt.Source && file == f.Name {
				receipt.Problems = append(receipt.Problems, p)
			}
		}
	}
	return err
}
