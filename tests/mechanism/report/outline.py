"""What a page says and how it is built: its text, its sections, elements left open."""

from html.parser import HTMLParser


class Outline(HTMLParser):
    """Collects text, sections and elements that were not closed."""

    VOID = ("meta", "link", "br", "input")

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.sections, self.wrong = [], [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "section":
            self.sections.append(dict(attributes)["id"])

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.texts.append(data)


def outline(page):
    """Return the outline of *page*, in which every element is closed."""
    parser = Outline()
    parser.feed(page)
    assert (parser.open, parser.wrong) == ([], [])
    return parser


def words(page):
    """Return the text of *page* with single spaces."""
    return " ".join(" ".join(outline(page).texts).split())
