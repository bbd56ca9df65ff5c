"""XMP (ISO 16684-1): the metadata of a picture in the form that other programs read."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.sax.saxutils import escape

KEYWORD = "XML:com.adobe.xmp"  # of the PNG's text chunk (part 3 of the standard)
NAMESPACE = "urn:mazok:picture:1.0/"
SHOWN = ("seed", "steps", "vqgan", "clip", "ruclip")

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# Characters that XML 1.0 cannot contain, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def packet(metadata: Mapping[str, object], text: str, software: str) -> str:
    """Return an XMP packet: the prompt as description, the program as creator, and `text`.

    text: the metadata as JSON.
    """
    fields = {name: metadata[name] for name in SHOWN if metadata.get(name) is not None}
    own = "".join(
        f"   <mazok:{name}>{_safe(value)}</mazok:{name}>\n" for name, value in fields.items()
    )
    words = f'<rdf:li xml:lang="x-default">{_safe(metadata.get("prompt", ""))}</rdf:li>'
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
    """Return the JSON in a packet, also in one that another program has rewritten."""
    if "<!DOCTYPE" in packet or "<!ENTITY" in packet:  # not in XMP; entities can expand without end
        return None
    try:
        root = ElementTree.fromstring(packet)
    except (ElementTree.ParseError, ValueError):
        return None
    name = f"{{{NAMESPACE}}}story"
    for node in root.iter():
        if node.tag == name:
            return node.text
        if name in node.attrib:  # the short form of RDF
            return node.attrib[name]
    return None


def _safe(value: object) -> str:
    return escape(_UNWRITABLE.sub("\ufffd", str(value)))
