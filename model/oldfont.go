package model

import "strings"

// Fonts and encodings from before GB 18030-2022 have some characters of GBK in
// Unicode's private use area, as there was no other place for them when the
// fonts were made: U+E863 for 䶮. All of them are standard characters by now.
// The pairs are those of GB 18030-2022, as glibc's converter has them: U+E815 to
// U+E864 stand for the bytes FE50 to FEA0, the others for A2E3, A3A0, A6D9 to
// A6F3, A8BC to A8C0 and A989 to A995.
const (
	gbkPrivateFirst = '\ue815'
	gbkPrivate      = "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌" +
		"龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)

// standardForm writes the standard character for each of an old font's.
var standardForm = func() *strings.Replacer {
	pairs := []string{
		"\ue5e5", "\u3000", "\ue76c", "\u20ac", "\ue7c7", "ḿ", "\ue7c8", "ǹ",
		"\ue78d", "\ufe10", "\ue78e", "\ufe12", "\ue78f", "\ufe11", "\ue790", "\ufe13", "\ue791", "\ufe14", "\ue792", "\ufe15", "\ue793", "\ufe16",
		"\ue794", "\ufe17", "\ue795", "\ufe18", "\ue796", "\ufe19",
		"\ue7e7", "\u303e", "\ue7e8", "\u2ff0", "\ue7e9", "\u2ff1", "\ue7ea", "\u2ff2", "\ue7eb", "\u2ff3", "\ue7ec", "\u2ff4", "\ue7ed", "\u2ff5",
		"\ue7ee", "\u2ff6", "\ue7ef", "\u2ff7", "\ue7f0", "\u2ff8", "\ue7f1", "\u2ff9", "\ue7f2", "\u2ffa", "\ue7f3", "\u2ffb",
	}
	old := gbkPrivateFirst
	for _, r := range gbkPrivate {
		pairs = append(pairs, string(old), string(r))
		old++
	}
	return strings.NewReplacer(pairs...)
}()

// StandardForm returns the text with the standard characters for those that old
// fonts have in the private use area.
func StandardForm(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r >= '\ue000' && r <= '\uf8ff' }) {
		return standardForm.Replace(s)
	}
	return s
}
