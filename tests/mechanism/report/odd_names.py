"""Names that could break what shows them."""

ODD = {
    "markup": "<script>alert(\"1\")</script><b title='x'>&amp;",
    "rich": "[bold]loud[/bold] [/] :warning: [link=x]",
    "lines": "one\ntwo\r\nthree\tfour",
    "long": "long" * 2500,
    "rtl": "\u202eevil\u202c שלום مرحبا",
    "control": "bell\x07 red\x1b[31m clear\x1b[2J \x00 title\x1b]0;x\x07",
    "comma": 'a,"b";c',
    "empty": " ",
    "dollars": r"$\frac{$ and $x$",
}
