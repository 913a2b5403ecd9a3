package tables

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// Bounds of a workbook's parts. Excel itself stops at 32,767 characters a cell
// and deflate at about 1:1030; honest sheets, even those with a million styled
// empty rows, stay well below 1:400.
const (
	maxPart     = 32 << 20 // of all parts that are read whole: styles, theme, …
	maxRatio    = 400
	ratioFrom   = 16 << 20 // small parts may compress as they like
	maxTextRun  = 4 << 20  // bytes between two tags: a cell, with room for entities
	inMemory    = 64 << 20 // above this the large parts go to temporary files
	largeXML    = 16 << 20
	scanChunk   = 64 << 10
	maxColumns  = 16_384    // Excel's
	maxRows     = 1_048_576 // Excel's
	maxColsHead = 1 << 20   // of a sheet before its rows, where hidden columns are listed
)

var (
	magicOLE2 = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}
	magicZip  = []byte("PK\x03\x04")
)

// checkContainer says in words why a file cannot be a workbook, from its first bytes.
func checkContainer(name string, r io.ReaderAt, size int64) error {
	head := make([]byte, 8)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("read %s: %w", path.Base(name), err)
	}
	switch head = head[:n]; {
	case n == 0:
		return &Error{Reason: "the file is empty"}
	case bytes.Equal(head, magicOLE2):
		return checkOLE2(r, size)
	case !bytes.HasPrefix(head, magicZip):
		return &Error{Reason: "not a workbook: the content is not that of an Excel file; open it in Excel and save it as .xlsx"}
	}
	return nil
}

// checkOLE2 tells a password from an old format: Office keeps an encrypted
// workbook in an OLE2 stream named EncryptedPackage ([MS-OFFCRYPTO] 2.3.4).
func checkOLE2(r io.ReaderAt, size int64) error {
	marker := []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
	found := false
	err := eachChunk(io.NewSectionReader(r, 0, size), len(marker), func(chunk []byte) bool {
		found = bytes.Contains(chunk, marker)
		return !found
	})
	switch {
	case err != nil:
		return fmt.Errorf("read the file: %w", err)
	case found:
		return &Error{Reason: "password protected: save a copy without a password"}
	}
	return &Error{Reason: foreign(".xls")}
}

// checkOld tells whether a file of an old format also has a password, which
// comes first when it is to be saved anew.
func checkOld(r io.ReaderAt, size int64) error {
	head := make([]byte, 8)
	if n, _ := r.ReadAt(head, 0); n < 8 || !bytes.Equal(head, magicOLE2) {
		return nil
	}
	return checkOLE2(r, size)
}

// foreign says what to do with a file of another kind.
func foreign(ext string) string {
	switch ext {
	case ".xls", ".xlt":
		return "Excel 97 file (.xls): save it as .xlsx"
	case ".xlsb":
		return "binary workbook (.xlsb): save it as .xlsx"
	case ".ods", ".fods":
		return "OpenDocument spreadsheet (.ods): save it as .xlsx"
	case ".numbers":
		return "Numbers spreadsheet: export it as .xlsx"
	case "":
		return "not a workbook: the file has no extension; only .xlsx, .xlsm, .csv and .tsv are read"
	}
	return fmt.Sprintf("not a workbook: %s files are not read, only .xlsx, .xlsm, .csv and .tsv", ext)
}

// openArchive reads the directory of a workbook and checks it before anything
// is inflated. Declared sizes can be trusted after that: archive/zip ends the
// reading of a part that grows beyond what the directory says.
func openArchive(r io.ReaderAt, size int64, l Limits) (*zip.Reader, error) {
	z, err := zip.NewReader(r, size)
	switch {
	case errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &Error{Reason: "not finished: the zip archive is cut off; copy the file again", Err: err}
	case errors.Is(err, zip.ErrInsecurePath), err == nil:
	default:
		return nil, &Error{Reason: "damaged: the zip archive cannot be read; copy the file again or repair it in Excel", Err: err}
	}
	if len(z.File) > l.Parts {
		return nil, &Error{Reason: fmt.Sprintf("not a usual workbook: its archive has %d parts, more than %d", len(z.File), l.Parts)}
	}
	return z, checkParts(z, l)
}

func checkParts(z *zip.Reader, l Limits) error {
	var total, whole uint64
	workbook := false
	for _, f := range z.File {
		name := partName(f.Name)
		switch {
		case name == "xl/workbook.bin":
			return &Error{Reason: foreign(".xlsb")}
		case name == "content.xml":
			return &Error{Reason: foreign(".ods")}
		case f.Flags&1 != 0: // APPNOTE 4.4.4
			return &Error{Reason: "password protected: save a copy without a password"}
		case strings.HasSuffix(name, "workbook.xml"):
			workbook = true
		}
		if !needed(name) {
			continue
		}
		total += f.UncompressedSize64
		if !streamedPart(name) {
			whole += f.UncompressedSize64
		}
		if err := checkPart(name, f); err != nil {
			return err
		}
	}
	switch {
	case !workbook:
		return &Error{Reason: "not a workbook: the archive holds no workbook"}
	case whole > maxPart:
		return &Error{Reason: fmt.Sprintf("not read for safety: its styles and settings unpack to %d MB, more than %d MB", whole>>20, maxPart>>20)}
	case total > uint64(l.Bytes):
		return &Error{Reason: fmt.Sprintf("too large: %d MB when unpacked, more than %d MB", total>>20, l.Bytes>>20)}
	}
	return nil
}

func checkPart(name string, f *zip.File) error {
	size := f.UncompressedSize64
	if size > ratioFrom && size/maxRatio > f.CompressedSize64 {
		return &Error{Reason: fmt.Sprintf("not read for safety: the part %s unpacks to %d MB from almost nothing, as in a zip bomb", path.Base(name), size>>20)}
	}
	return nil
}

// streamedPart reports whether excelize can keep a part on disk.
func streamedPart(name string) bool {
	return strings.Contains(name, "worksheets/sheet") || path.Base(name) == path.Base(usualStrings)
}

// needed reports whether a part has anything to do with cells. Pictures,
// drawings, macros and caches are never inflated.
func needed(name string) bool {
	for _, dir := range []string{"media/", "drawings/", "embeddings/", "charts/", "pivotcache/", "pivottables/", "printersettings/",
		"externallinks/", "activex/", "ctrlprops/", "diagrams/", "querytables/", "model/", "customxml/", "richdata/", "webextensions/", "threadedcomments/"} {
		if strings.Contains(name, "/"+dir) || strings.HasPrefix(name, dir) {
			return false
		}
	}
	switch path.Ext(name) {
	case ".xml", ".rels":
		base := path.Base(name)
		return base != "calcchain.xml" && !strings.HasPrefix(base, "comments")
	}
	return false
}

// partName folds the spellings that odd writers use: backslashes, a leading
// slash, other case.
func partName(s string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(s, `\`, "/"), "/"))
}

// usualStrings is the part with the texts of the cells where nothing says otherwise.
const usualStrings = "xl/sharedstrings.xml"

// slim copies the needed parts, still compressed, to a temporary file; excelize
// would inflate every part into memory. The part with the texts of the cells
// gets the name under which alone excelize looks for it.
func slim(z *zip.Reader, texts, dir string) (name string, err error) {
	tmp, err := os.CreateTemp(dir, "samsyn-*.xlsx")
	if err != nil {
		return "", fmt.Errorf("make a temporary file: %w", err)
	}
	defer func() {
		if e := tmp.Close(); err == nil && e != nil {
			err = fmt.Errorf("write a temporary file: %w", e)
		}
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	w := zip.NewWriter(tmp)
	for _, f := range z.File {
		if !needed(partName(f.Name)) || f.FileInfo().IsDir() {
			continue
		}
		part := *f // the archive keeps its names for the next time it is read
		switch partName(f.Name) {
		case texts:
			part.Name = "xl/sharedStrings.xml"
		case usualStrings: // nothing refers to it
			continue
		}
		if err := w.Copy(&part); err != nil {
			if errors.Is(err, zip.ErrFormat) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return "", &Error{Reason: "damaged: the zip archive cannot be read; copy the file again or repair it in Excel", Err: err}
			}
			return "", fmt.Errorf("copy %s: %w", f.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("write a temporary file: %w", err)
	}
	return tmp.Name(), nil
}

// eachChunk shows r to see in chunks that overlap, until see returns false.
func eachChunk(r io.Reader, overlap int, see func([]byte) bool) error {
	buf := make([]byte, 0, scanChunk+overlap)
	for {
		n, err := io.ReadFull(r, buf[len(buf):len(buf)+scanChunk])
		buf = buf[:len(buf)+n]
		if !see(buf) || err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil
		}
		if err != nil {
			return err
		}
		keep := min(overlap, len(buf))
		buf = buf[:copy(buf[:keep], buf[len(buf)-keep:])]
	}
}
