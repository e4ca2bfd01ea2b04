/*
 * Names are compared as the server stores them (model.NameKey): without invisible
 * characters, half-width, in small letters, with one dot, hyphen and apostrophe,
 * and with the standard characters for those that old fonts have in the private use
 * area. model/testdata/names.json, which the server's tests write, holds both to it.
 */

/** The characters that U+E815 and the following stand for. */
const FROM_E815 =
  '⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻'
const OTHERS: Record<string, string> = {
  '\ue5e5': '\u3000', '\ue76c': '€', '\ue7c7': 'ḿ', '\ue7c8': 'ǹ', '\ue78d': '\ufe10', '\ue78e': '\ufe12', '\ue78f': '\ufe11', '\ue790': '\ufe13',
  '\ue791': '\ufe14', '\ue792': '\ufe15', '\ue793': '\ufe16', '\ue794': '\ufe17', '\ue795': '\ufe18', '\ue796': '\ufe19', '\ue7e7': '\u303e',
}
const standard = Array.from(FROM_E815)

function standardForm(s: string): string {
  return s.replace(/[\ue000-\uf8ff]/g, (c) => {
    const code = c.charCodeAt(0)
    return OTHERS[c] ?? standard[code - 0xe815] ?? (code >= 0xe7e8 && code <= 0xe7f3 ? String.fromCharCode(code - 0xe7e8 + 0x2ff0) : c)
  })
}

/** The name in the form in which names are compared; empty where it can't be a name. */
export function nameKey(typed: string): string {
  const text = standardForm(typed.replace(/[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\ufe00-\ufe0f]|\udb40[\udd00-\uddef]/g, ''))
    .normalize('NFKC')
    .replace(/[\s\u0085]+/g, ' ')
    .trim()
  if (/[\u0000-\u001f\u007f-\u009f\ue000-\uf8ff\ufffd]/.test(text)) return ''
  const name = text
    .replace(/[.•・‧∙⋅●⸱ꞏ᛫丶]/g, '·')
    .replace(/[‐‒–—−]/g, '-')
    .replace(/[’‘ʼʻ′`]/g, "'")
    .replace(/\u0640/g, '')
    .replace(/[་། ]+$/, '')
  return Array.from(name)
    .filter((c, i, all) => c !== ' ' || !(joins(all[i - 1]) || joins(all[i + 1])))
    .join('')
    .replace(/·+/g, '·')
    .toLowerCase()
    .replace(/^[\u115f\u1160\u2800\u0300-\u036f]+$/, '') // shows nothing
}

/** Whether spaces beside the character only line names up in a list. */
function joins(c: string | undefined): boolean {
  if (!c) return true
  const code = c.codePointAt(0)!
  return /[·\-'〇々]/.test(c) || (code >= 0x2e80 && code <= 0x2fdf) || (code >= 0x3400 && code <= 0x4dbf) || (code >= 0x4e00 && code <= 0x9fff) || (code >= 0xf900 && code <= 0xfaff) || (code >= 0x20000 && code <= 0x3ffff)
}

/** Whether what was typed to find a name is in it. Nothing typed is in every name. */
export function nameHas(name: string, typed: string): boolean {
  return nameKey(name).includes(nameKey(typed))
}
