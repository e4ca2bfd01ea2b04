package wechat

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// tree is a webhook call's body, whether it came as XML or as JSON: WeChat's console
// offers both. An array is so many children of one name, as XML has it; so a
// list of one, which WeChat sends as no array, needs no care.
type tree struct {
	name     string
	text     string
	children []*tree
}

// What a tree may have: far more than any event.
const (
	maxDepth = 8
	maxNodes = 512
)

var errTree = errors.New("wechat: not a message of WeChat's form")

// only returns the text of the one child of the name: "" where there is none,
// false where there are several or it is no text.
func (t *tree) only(name string) (string, bool) {
	var found *tree
	for _, c := range t.children {
		if c.name != name {
			continue
		}
		if found != nil || len(c.children) > 0 {
			return "", false
		}
		found = c
	}
	if found == nil {
		return "", true
	}
	return found.text, true
}

// withMember returns the nodes below that have a child of the name, in order.
func (t *tree) withMember(name string) []*tree {
	var found []*tree
	for _, c := range t.children {
		for _, member := range c.children {
			if member.name == name {
				found = append(found, c)
				break
			}
		}
		found = append(found, c.withMember(name)...)
	}
	return found
}

// parseTree reads one XML or JSON document and nothing after it.
func parseTree(body []byte) (*tree, error) {
	if !utf8.Valid(body) {
		return nil, errTree
	}
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] == '{' {
		return parseJSONTree(body)
	}
	return parseXMLTree(body)
}

func parseXMLTree(body []byte) (*tree, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	var root *tree
	var open []*tree
	nodes := 0
	for {
		token, err := decoder.RawToken() // no name spaces; tags are matched here
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errTree
		}
		switch t := token.(type) {
		case xml.StartElement:
			node := &tree{name: t.Name.Local}
			nodes++
			switch {
			case nodes > maxNodes || len(open) >= maxDepth || t.Name.Space != "" || len(t.Attr) > 0:
				return nil, errTree
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.children = append(parent.children, node)
			case root != nil:
				return nil, errTree
			default:
				root = node
			}
			open = append(open, node)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1].name != t.Name.Local {
				return nil, errTree
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(t)
			} else if len(bytes.TrimSpace(t)) > 0 {
				return nil, errTree
			}
		default: // a declaration, a directive, a comment: WeChat sends none
			return nil, errTree
		}
	}
	if root == nil || len(open) > 0 || root.name != "xml" {
		return nil, errTree
	}
	return root, nil
}

func parseJSONTree(body []byte) (*tree, error) {
	r := jsonReader{decoder: json.NewDecoder(bytes.NewReader(body))}
	r.decoder.UseNumber()
	top := &tree{}
	if err := r.value(top, "", 0); err != nil {
		return nil, err
	}
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errTree
	}
	return top.children[0], nil
}

// jsonReader goes token by token, so that a name given twice shows.
type jsonReader struct {
	decoder *json.Decoder
	nodes   int
}

// value reads the next value into a child of the parent or, where it is an
// array, its values into so many.
func (r *jsonReader) value(parent *tree, name string, depth int) error {
	token, err := r.decoder.Token()
	if r.nodes++; err != nil || depth > maxDepth || r.nodes > maxNodes {
		return errTree
	}
	if token == json.Delim('[') {
		for r.decoder.More() {
			if err := r.value(parent, name, depth+1); err != nil {
				return err
			}
		}
		return r.end()
	}
	child := &tree{name: name}
	parent.children = append(parent.children, child)
	switch v := token.(type) {
	case json.Delim:
		for r.decoder.More() {
			member, err := r.decoder.Token()
			if err != nil {
				return errTree
			}
			if err := r.value(child, fmt.Sprint(member), depth+1); err != nil {
				return err
			}
		}
		return r.end()
	case string:
		child.text = v
	case nil:
	default: // a number or a truth
		child.text = fmt.Sprint(v)
	}
	return nil
}

// end takes the closing bracket.
func (r *jsonReader) end() error {
	if _, err := r.decoder.Token(); err != nil {
		return errTree
	}
	return nil
}
