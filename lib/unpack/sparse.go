package unpack

import (
	"archive/tar"
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
)

// extent is data in a file: the rest of it is holes.
type extent struct{ offset, length int64 }

var errSparse = errors.New("the map of the sparse file does not fit")

// extents finds where the data of a sparse file belongs. Package archive/tar
// has read the map too, but gives holes as zeros only, which would take it
// years for the largest.
func (a *archive) extents(m *member) error {
	records := m.PAXRecords
	version := records["GNU.sparse.major"] + "." + records["GNU.sparse.minor"]
	if version == "." && records["GNU.sparse.map"] != "" {
		version = "0.1"
	}
	if m.sparse = m.Typeflag == tar.TypeGNUSparse || version != "."; !m.sparse {
		return nil
	}
	own, err := ownHeader(a.tap.noted)
	if err != nil {
		return err
	}
	physical, err := size(records, own)
	if err != nil {
		return err
	}
	switch {
	case m.Typeflag == tar.TypeGNUSparse:
		m.data, err = oldMap(own)
	case version == "1.0":
		var used int64
		m.data, used, err = lineMap(own[block:])
		physical -= used
	case version == "0.0", version == "0.1":
		m.data, err = commaMap(records["GNU.sparse.map"])
	default:
		return errors.New("a sparse file of format " + version + ", which is not known")
	}
	if err == nil && !fits(m.data, m.Size, physical) {
		err = errSparse
	}
	return err
}

// fits tells whether the extents are in order, within the file, and have as
// much data as there is.
func fits(data []extent, size, physical int64) bool {
	var end, sum int64
	for _, e := range data {
		if e.offset < end || e.length < 0 || e.offset > size || e.length > size-e.offset {
			return false
		}
		end = e.offset + e.length
		sum += e.length
	}
	return sum == physical
}

// ownHeader finds the member's own header, after those that only add to it.
func ownHeader(noted []byte) ([]byte, error) {
	for len(noted) >= block {
		switch noted[156] {
		case tar.TypeXHeader, tar.TypeXGlobalHeader, tar.TypeGNULongName, tar.TypeGNULongLink:
			n, err := number(noted[124:136])
			if err != nil || n > mostHeaders {
				return nil, tar.ErrHeader
			}
			noted = noted[min(int64(len(noted)), block+(n+block-1)/block*block):]
		default:
			return noted, nil
		}
	}
	return nil, tar.ErrHeader
}

// size is how much data the archive has of the member.
func size(records map[string]string, own []byte) (int64, error) {
	if text := records["size"]; text != "" {
		return strconv.ParseInt(text, 10, 64)
	}
	return number(own[124:136])
}

// number reads a field of a header: octal, or binary where its first bit says
// so.
func number(field []byte) (int64, error) {
	if field[0]&0x80 == 0 {
		text := strings.Trim(string(bytes.Trim(field, " \x00")), " \x00")
		if text == "" {
			return 0, nil
		}
		return strconv.ParseInt(text, 8, 64)
	}
	n := int64(field[0] & 0x7f)
	for _, b := range field[1:] {
		if n > math.MaxInt64>>8 {
			return 0, tar.ErrHeader
		}
		n = n<<8 | int64(b)
	}
	return n, nil
}

// oldMap is that of the old GNU format: in the header, and in blocks after it.
func oldMap(own []byte) ([]extent, error) {
	var all []extent
	pairs, more := own[386:482], own[482] != 0
	for {
		for ; len(pairs) >= 24; pairs = pairs[24:] {
			if pairs[0] == 0 { // no more in this block
				break
			}
			offset, errOffset := number(pairs[:12])
			length, errLength := number(pairs[12:24])
			if err := errors.Join(errOffset, errLength); err != nil {
				return nil, errSparse
			}
			all = append(all, extent{offset, length})
		}
		if own = own[block:]; !more {
			return all, nil
		}
		if len(own) < block {
			return nil, errSparse
		}
		pairs, more = own[:504], own[504] != 0
	}
}

// lineMap is that of PAX format 1.0: lines of decimals before the data, up to a
// block's end. The first is the count of the extents.
func lineMap(text []byte) (all []extent, used int64, err error) {
	rest := text
	line := func() int64 {
		word, after, found := bytes.Cut(rest, []byte("\n"))
		n, wrong := strconv.ParseInt(string(word), 10, 64)
		if !found || wrong != nil {
			err = errSparse
		}
		rest = after
		return n
	}
	for count := line(); count > 0 && err == nil; count-- {
		offset := line()
		all = append(all, extent{offset, line()})
	}
	used = int64(len(text) - len(rest))
	return all, (used + block - 1) / block * block, err
}

// commaMap is that of PAX formats 0.0 and 0.1: a record.
func commaMap(text string) ([]extent, error) {
	if text == "" {
		return nil, nil
	}
	words := strings.Split(text, ",")
	if len(words)%2 != 0 {
		return nil, errSparse
	}
	var all []extent
	for i := 0; i < len(words); i += 2 {
		offset, errOffset := strconv.ParseInt(words[i], 10, 64)
		length, errLength := strconv.ParseInt(words[i+1], 10, 64)
		if err := errors.Join(errOffset, errLength); err != nil {
			return nil, errSparse
		}
		all = append(all, extent{offset, length})
	}
	return all, nil
}
