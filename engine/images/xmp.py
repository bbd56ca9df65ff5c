"""XMP (ISO 16684-1): what a picture tells about itself in the form that other programs read."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.sax.saxutils import escape

KEYWORD = "XML:com.adobe.xmp"  # of the PNG's text chunk, by part 3 of the standard
NAMESPACE = "urn:mazok:picture:1.0/"
SHOWN = ("seed", "steps", "vqgan", "clip", "ruclip")

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# What XML 1.0 has no way to write, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def packet(story: Mapping[str, object], text: str, software: str) -> str:
    """The prompt as the description, the program as the creator, the whole story as one text."""
    fields = {name: story[name] for name in SHOWN if story.get(name) is not None}
    own = "".join(
        f"   <mazok:{name}>{_safe(value)}</mazok:{name}>\n" for name, value in fields.items()
    )
    words = f'<rdf:li xml:lang="x-default">{_safe(story.get("prompt", ""))}</rdf:li>'
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="{_RDF}">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:mazok="{NAMESPACE}">
   <dc:format>image/png</dc:format>
   <dc:description><rdf:Alt>{words}</rdf:Alt></dc:description>
   <dc:creator><rdf:Seq><rdf:li>{_safe(software)}</rdf:li></rdf:Seq></dc:creator>
   <xmp:CreatorTool>{_safe(software)}</xmp:CreatorTool>
{own}   <mazok:story>{_safe(text)}</mazok:story>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def metadata_in(packet: str) -> str | None:
    """The whole story of a packet, also one that another program has written anew."""
    if "<!DOCTYPE" in packet or "<!ENTITY" in packet:  # XMP has none, and it could grow without end
        return None
    try:
        found = ElementTree.fromstring(packet)
    except (ElementTree.ParseError, ValueError):
        return None
    name = f"{{{NAMESPACE}}}story"
    for node in found.iter():
        if node.tag == name:
            return node.text
        if name in node.attrib:  # the short form of RDF
            return node.attrib[name]
    return None


def _safe(value: object) -> str:
    return escape(_UNWRITABLE.sub("\ufffd", str(value)))
