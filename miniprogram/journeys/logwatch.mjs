// What no line of the server's log may hold. The Go tests look for the same:
// service/platform/logwatch.

const sorts = [
  ["a name or a text of somebody's", /\p{Script=Han}/u],
  ['a login token', /\bxy_[\w-]{20,}/],
  ['an access token', /\b99_[0-9a-f]{6}/],
  ["a parameter of WeChat's that is secret", /(access_token|refresh_token|session_key|js_code|appsecret|touser|authorization)[\\"']*\s?[=:]|bearer [\w-]{3}/i],
  ['a parameter that is secret', /[?&](secret|token|code|ticket|sig|state)=[^&"\s]/],
  ['a secret or key', /\b(?=[0-9a-f]*[a-f])[0-9a-f]{32}\b|[A-Za-z0-9+/]{22}==/],
  ['an openid or union id', /\b[ou](?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{27}\b/],
  ['a phone number', /(?:^|[^0-9A-Za-z:.]|[^"]:)(?:86)?1[3-9]\d{9}(?:$|[^0-9A-Za-z])/],
  ["a student's or a citizen's number", /\b[GLT]\d{9,18}X?\b|\b\d{17}X\b/i],
]

/** Throws where the log holds what it must not. The line is named, and not quoted. */
export function mustTellNothing(log) {
  const told = []
  log.split('\n').forEach((line, i) => {
    for (const [what, form] of sorts) if (form.test(line)) told.push(`line ${i + 1} holds ${what}`)
  })
  if (told.length) throw new Error(`the server's log tells what it must not: ${told.slice(0, 20).join('; ')}`)
}
