package wechat

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// tree is a webhook call's body, whether it came as XML or as JSON: WeChat's console
// offers both. An array is so many children of one name, as XML has it; so a
// list of one, which WeChat sends as no array, needs no care.
type tree struct {
	XMLName  xml.Name
	Text     string  `xml:",chardata"`
	Children []*tree `xml:",any"`
}

// children are those of the name, in order.
func (t *tree) children(name string) []*tree {
	return slices.DeleteFunc(slices.Clone(t.Children), func(c *tree) bool { return c.XMLName.Local != name })
}

// texts returns the texts of the children of these names, "" for one that is
// not there; false where there are several of one, or it is no text.
func (t *tree) texts(names ...string) ([]string, bool) {
	texts := make([]string, len(names))
	for i, name := range names {
		found := t.children(name)
		if len(found) > 1 || len(found) == 1 && len(found[0].Children) > 0 {
			return nil, false
		}
		if len(found) == 1 {
			texts[i] = found[0].Text
		}
	}
	return texts, true
}

// withMember returns the nodes below that have a child of the name, in order.
func (t *tree) withMember(name string) (found []*tree) {
	for _, c := range t.Children {
		if len(c.children(name)) > 0 {
			found = append(found, c)
		}
		found = append(found, c.withMember(name)...)
	}
	return found
}

// parseTree reads one XML or JSON document and nothing after it. WeChat sends
// no XML with a declaration, and none with attributes, which are passed over.
func parseTree(body []byte) (*tree, error) {
	body = bytes.TrimSpace(body)
	if bytes.HasPrefix(body, []byte("{")) {
		return parseJSONTree(body)
	}
	root, decoder := &tree{}, xml.NewDecoder(bytes.NewReader(body))
	if !bytes.HasPrefix(body, []byte("<xml>")) || decoder.Decode(root) != nil || decoder.InputOffset() != int64(len(body)) {
		return nil, RefusedForm
	}
	return root, nil
}

// parseJSONTree takes neither a name twice nor anything but UTF-8.
func parseJSONTree(body []byte) (*tree, error) {
	top, d := &tree{}, jsontext.NewDecoder(bytes.NewReader(body))
	if top.add("", d) != nil {
		return nil, RefusedForm
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, RefusedForm
	}
	return top.Children[0], nil
}

// add reads the next JSON value as a child or, where it is an array, its values as so many.
func (t *tree) add(name string, d *jsontext.Decoder) error {
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	child := &tree{XMLName: xml.Name{Local: name}}
	switch token.Kind() {
	case jsontext.KindBeginArray:
		for d.PeekKind() != jsontext.KindEndArray {
			if err := t.add(name, d); err != nil {
				return err
			}
		}
		_, err = d.ReadToken()
		return err
	case jsontext.KindBeginObject:
		for d.PeekKind() != jsontext.KindEndObject {
			member, err := d.ReadToken()
			if err == nil {
				err = child.add(member.String(), d)
			}
			if err != nil {
				return err
			}
		}
		_, err = d.ReadToken()
	case jsontext.KindNull:
	default: // a text, a number, a truth
		child.Text = token.String()
	}
	t.Children = append(t.Children, child)
	return err
}
