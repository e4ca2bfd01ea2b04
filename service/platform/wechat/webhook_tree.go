package wechat

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
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

// asWritten keeps numbers as they are: ids of WeChat's are longer than a float64 holds.
var asWritten = json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
	if d.PeekKind() == jsontext.KindNumber {
		*v = jsontext.Value(nil)
	}
	return errors.ErrUnsupported // the rest is as usual
}))

// parseJSONTree takes neither a name twice nor anything but UTF-8.
func parseJSONTree(body []byte) (*tree, error) {
	var document map[string]any
	if json.Unmarshal(body, &document, asWritten) != nil {
		return nil, RefusedForm
	}
	root := &tree{}
	root.addMembers(document)
	return root, nil
}

func (t *tree) addMembers(members map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		t.add(name, members[name])
	}
}

// add adds a JSON value as a child or, where it is an array, its values as so many.
func (t *tree) add(name string, value any) {
	child := &tree{XMLName: xml.Name{Local: name}}
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			t.add(name, one)
		}
		return
	case map[string]any:
		child.addMembers(v)
	case nil:
	default: // a text, a number, a truth
		child.Text = fmt.Sprint(v)
	}
	t.Children = append(t.Children, child)
}
