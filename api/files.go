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
	receipt := &Receipt{Source: src.ID, Name: src.Name, Problems: []hub.Problem{}}
	if receipt.Files, err = saveAll(root, files); err != nil {
		return nil, fmt.Errorf("save upload in source %s: %w", src.Name, err)
	}
	there := s.now().Truncate(time.Millisecond) // as the store keeps times
	if err := s.Sync(ctx, src.ID); err != nil {
		return nil, err
	}
	return receipt, s.awaitRead(ctx, v, receipt, there)
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

// saveAll puts files into the folder, all or none. They lie there under hidden
// names until the last has come whole, so that nobody reads half of one. The root
// keeps them inside the folder.
func saveAll(root *os.Root, files []*multipart.FileHeader) (received []ReceivedFile, err error) {
	came, had := make([]string, len(files)), make([]string, len(files)) // hidden names of the files, and of what they replace
	defer func() {
		for _, name := range append(came, had...) {
			root.Remove(name) // most are not there any more
		}
	}()
	for i, f := range files {
		came[i] = ".upload-" + newSecret() + ".tmp"
		n, err := write(root, came[i], f)
		if err != nil {
			return nil, err
		}
		received = append(received, ReceivedFile{Name: f.Filename, Bytes: n})
	}
	for i, got := range received {
		if received[i].Replaced, had[i], err = put(root, came[i], got.Name); err == nil {
			continue
		}
		for j := i - 1; j >= 0; j-- {
			switch {
			case had[j] != "":
				err = errors.Join(err, root.Rename(had[j], received[j].Name))
			case !received[j].Replaced:
				err = errors.Join(err, root.Remove(received[j].Name))
			}
		}
		return nil, err
	}
	return received, nil
}

// write writes an uploaded file under a name of its own.
func write(root *os.Root, name string, f *multipart.FileHeader) (n int64, err error) {
	in, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(out, in)
	return n, errors.Join(err, out.Sync(), out.Close())
}

// put gives a file that lies under a hidden name its own. What had that name is
// kept under the name had; "" where the folder gives no file a second name.
func put(root *os.Root, hidden, name string) (replaced bool, had string, err error) {
	switch there, err := root.Lstat(name); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return false, "", err
	case there.IsDir():
		return false, "", refuse(http.StatusConflict, "A folder has the name "+name+": give the file another.")
	default:
		replaced = true
		if old := hidden + ".old"; root.Link(name, old) == nil {
			had = old
		}
	}
	return replaced, had, root.Rename(hidden, name)
}

// awaitRead waits a little for a look at the source to end that began when the
// files were there, and completes the receipt with what it found.
func (s *Server) awaitRead(ctx context.Context, v hub.Viewer, receipt *Receipt, there time.Time) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	deadline := there.Add(s.ReceiptWait)
	for s.now().Before(deadline) {
		view, err := s.sourceView(ctx, receipt.Source)
		if err != nil {
			return err
		}
		receipt.Records = view.Records
		if receipt.Read = !view.Syncing && !view.Tried.Before(there) && !view.Synced.Before(view.Tried); receipt.Read {
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
