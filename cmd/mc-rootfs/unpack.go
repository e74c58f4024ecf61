package main

type unpackCmd struct {
	Tarball string `arg:"" help:"File with a tar stream, plain or by gzip, zstd or xz; - is standard input."`
	Dir     string `arg:"" help:"Folder that it becomes: one that is not there, or is empty."`

	Devices bool `help:"Make device nodes; without it they are skipped."`
	Quiet   bool `short:"q" help:"Neither progress nor notes on stderr."`
}

// Help is what there is to know besides the flags, and the example.
func (unpackCmd) Help() string {
	return "Prints the folder's path. The stream need not be trusted: a name in it that is absolute, has .., or leads through a symbolic link is an error, and then nothing is left. " +
		"All is made in .DIR.unpack beside DIR, which is renamed at the end; what a killed run left there is removed by the next one. " +
		"Who is not root gets files of his own.\n\nExample:\n\n    docker export web | mc-rootfs unpack - ./rootfs"
}
