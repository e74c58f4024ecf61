package unpack

import (
	"path"
	"strings"
)

// image looks for what an image has at its top, in the form of docker-save(1)
// or of an OCI layout: its root file systems are archives in the archive.
type image struct{ manifest, layers bool }

// see looks at one member.
func (i *image) see(m *member) {
	folder, name := path.Split(m.path)
	switch {
	case m.path == "manifest.json", m.path == "index.json":
		i.manifest = true
	case m.path == "oci-layout", folder == "blobs/sha256/",
		name == "layer.tar", folder == "" && strings.HasSuffix(name, ".tar"):
		i.layers = true
	}
}

// is tells whether it is one.
func (i *image) is() bool { return i.manifest && i.layers }
