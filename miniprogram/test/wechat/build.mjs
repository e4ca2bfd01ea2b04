// The build for WeChat as the tests use it: a copy, away from our own package.json, whose "type" WeChat does not know.
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BUILT = fileURLToPath(new URL('../../dist/build/mp-weixin', import.meta.url))

const copies = []
process.on('exit', () => copies.forEach((dir) => rmSync(dir, { recursive: true, force: true })))

/** Copies the build into a folder of its own, which goes with the process. */
export function copyBuild() {
  const dir = mkdtempSync(join(tmpdir(), 'xinyu-wechat-'))
  copies.push(dir)
  cpSync(BUILT, dir, { recursive: true })
  return dir
}

/** The paths of the build's files that end so. */
export const filesOf = (dir, ending) => readdirSync(dir, { recursive: true }).filter((name) => name.endsWith(ending))

/** The paths of all pages. */
export function pagesOf(dir) {
  const app = JSON.parse(readFileSync(join(dir, 'app.json'), 'utf8'))
  return [...app.pages, ...(app.subPackages ?? []).flatMap(({ root, pages }) => pages.map((page) => `${root}/${page}`))]
}

/** The methods of wx, by WeChat's own typings. */
export function wxMethods() {
  const typings = readFileSync(fileURLToPath(new URL('node_modules/miniprogram-api-typings/types/wx/lib.wx.api.d.ts', import.meta.url)), 'utf8')
  const from = typings.indexOf('interface Wx {')
  const names = typings.slice(from).matchAll(/^ {8}(\w+)(?:<[^(]*>)?\(/gm)
  return new Set([...names].map(([, name]) => name))
}
