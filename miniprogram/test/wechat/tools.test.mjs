// The built client before WeChat's own tools: its compilers, its packer, its quality check, its names of calls and events.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { copyBuild, filesOf, wxMethods } from './build.mjs'

const require = createRequire(import.meta.url)
const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/** What WeChat's compilers say of a build; empty where it is right. */
function compilerFaults(dir) {
  const compiler = dirname(require.resolve('miniprogram-compiler'))
  const bin = join(compiler, 'bin', process.platform === 'darwin' ? 'mac' : 'linux')
  for (const name of ['wcc', 'wcsc']) chmodSync(join(bin, name), 0o755) // they come without the right to run
  const faults = []
  // The templates as they are packed: all together, with the components of each.
  const templates = filesOf(dir, '.wxml')
  const used = templates.map((path) => Object.keys(JSON.parse(readFileSync(join(dir, path.replace(/wxml$/, 'json')), 'utf8')).usingComponents ?? {}))
  const named = templates.flatMap((path, i) => (used[i].length ? [path, used[i].length, ...used[i]] : []))
  const wcc = spawnSync(join(bin, 'wcc'), ['-d', '-cc', [used.filter((u) => u.length).length, ...named].join(' '), ...templates, '-gn', '$gwx'], { cwd: dir, maxBuffer: 1 << 26, encoding: 'utf8' })
  if (wcc.status !== 0 || wcc.stderr) faults.push(`wcc: ${wcc.stderr || wcc.error || wcc.status}`)
  else new Function(wcc.stdout) // it is JavaScript
  for (const path of filesOf(dir, '.wxss')) {
    const wcsc = spawnSync(join(bin, 'wcsc'), ['-lc', path], { cwd: dir, maxBuffer: 1 << 26, encoding: 'utf8' })
    if (wcsc.status !== 0 || wcsc.stderr) faults.push(`wcsc ${path}: ${wcsc.stderr || wcsc.error || wcsc.status}`)
  }
  return faults
}

// https://developers.weixin.qq.com/miniprogram/dev/component/
const GESTURES = ['tap', 'longpress', 'touchstart', 'touchmove', 'touchend', 'touchcancel']
const EVENTS = {
  button: ['agreeprivacyauthorization', 'getphonenumber'],
  image: ['load', 'error'],
  input: ['input', 'focus', 'blur', 'confirm'],
  picker: ['change', 'cancel'],
  'scroll-view': ['scroll', 'scrolltolower', 'scrolltoupper'],
  slider: ['change'],
  switch: ['change'],
  textarea: ['input', 'focus', 'blur', 'confirm', 'linechange'],
  video: ['play', 'pause', 'ended', 'timeupdate', 'error', 'waiting', 'loadedmetadata', 'ratechange', 'seekcomplete', 'fullscreenchange'],
}

/** Events that nothing fires: of WeChat's elements by its documentation, of ours by what they say that they emit. */
function eventFaults(dir) {
  const faults = []
  for (const path of filesOf(dir, '.wxml')) {
    const { usingComponents = {} } = JSON.parse(readFileSync(join(dir, path.replace(/wxml$/, 'json')), 'utf8'))
    for (const [, tag, attributes] of readFileSync(join(dir, path), 'utf8').matchAll(/<([\w-]+)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*\/?>/g)) {
      const own = usingComponents[tag]
      let known = [...GESTURES, ...(EVENTS[tag] ?? [])]
      if (own) {
        const source = readFileSync(join(dir, own.startsWith('/') ? own.slice(1) : join(dirname(path), own)) + '.js', 'utf8')
        known = ['__l', ...[...source.matchAll(/emits:\[([^\]]*)\]/g)].flatMap(([, names]) => names.replace(/["'\s]/g, '').split(','))]
      }
      for (const [, event] of attributes.matchAll(/\s(?:bind|catch):?([\w]+)=/g)) if (!known.includes(event)) faults.push(`${path}: <${tag}> never fires ${event}`)
    }
  }
  return faults
}

// Of uni-app's runtime itself: what it adds to wx, and looks for before it uses it.
const RUNTIME = /^(\$\w+|__uni_\w+|create(App|Page|Component|PluginApp|SubpackageApp|IndependentSubpackageApp))$/

/** Calls of wx, directly or through uni, that WeChat's typings don't know. */
function callFaults(dir) {
  const known = wxMethods()
  const faults = []
  for (const path of filesOf(dir, '.js')) {
    const source = readFileSync(join(dir, path), 'utf8')
    const direct = [...source.matchAll(/\bwx\.([\w$]+)/g)]
    const through = path.startsWith('common/') ? [] : [...source.matchAll(/\b\w+\.(?:index|wx\$1)\.(\w+)/g)]
    for (const [, name] of [...direct, ...through]) if (!known.has(name) && !RUNTIME.test(name)) faults.push(`${path}: wx.${name} is not known to WeChat`)
  }
  return faults
}

// https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/miniprogram-intro.html
const PERSONAL = {
  '昵称、头像': ['getUserInfo', 'getUserProfile', 'chooseAvatar', 'nickname'],
  位置信息: ['getLocation', 'startLocationUpdate', 'startLocationUpdateBackground', 'getFuzzyLocation'],
  选择的位置信息: ['choosePoi', 'chooseLocation'],
  地址: ['chooseAddress'],
  发票信息: ['chooseInvoiceTitle', 'chooseInvoice'],
  微信运动步数: ['getWeRunData'],
  手机号: ['getPhoneNumber', 'getRealtimePhoneNumber'],
  车牌号: ['chooseLicensePlate'],
  选中的照片或视频信息: ['chooseImage', 'chooseMedia', 'chooseVideo'],
  选中的文件: ['chooseMessageFile'],
  麦克风: ['startRecord', 'getRecorderManager', 'joinVoIPChat', 'live-pusher', 'voip-room'],
  摄像头: ['createVKSession', 'createCameraContext', 'camera'],
  蓝牙: ['openBluetoothAdapter', 'createBLEPeripheralServer'],
  '相册（仅写入）': ['saveImageToPhotosAlbum', 'saveVideoToPhotosAlbum'],
  '通讯录（仅写入）': ['addPhoneContact'],
  '日历（仅写入）': ['addPhoneRepeatCalendar', 'addPhoneCalendar'],
  传感器: ['startAccelerometer', 'startCompass', 'startDeviceMotionListening', 'startGyroscope'],
  剪切板: ['setClipboardData', 'getClipboardData'],
}

/** What the build asks people for: by WeChat's interfaces that need an entry in the privacy guide, and by posts that others read. */
function asksFor(dir) {
  const used = new Set()
  for (const path of filesOf(dir, '.js')) {
    if (path.startsWith('common/')) continue
    const source = readFileSync(join(dir, path), 'utf8')
    for (const [, name] of source.matchAll(/\.(?:index|wx\$1)\.(\w+)/g)) used.add(name)
    if (/\.post\("\/lecture-sessions\/\{id\}\/posts"/.test(source)) used.add('posts')
  }
  for (const path of filesOf(dir, '.wxml')) {
    const source = readFileSync(join(dir, path), 'utf8')
    for (const [, name] of source.matchAll(/(?:open-type|type)="([\w-]+)"/g)) used.add(name)
    for (const [, name] of source.matchAll(/<(camera|live-pusher|voip-room)\b/g)) used.add(name)
  }
  const asked = Object.entries({ ...PERSONAL, 发布内容: ['posts'] }).flatMap(([what, names]) => names.filter((n) => used.has(n)).map((n) => `${what} ${n}`))
  return asked.sort()
}

/** The packer's result, kept with the build that it is of: it takes half a minute. */
function packed(dir) {
  const hash = createHash('sha256').update(readFileSync(here('package-lock.json'))).update(readFileSync(here('pack.mjs')))
  for (const path of filesOf(dir, '')) if (/\.\w+$/.test(path)) hash.update(path).update(readFileSync(join(dir, path)))
  const kept = here(`../../dist/packed-${hash.digest('hex').slice(0, 16)}.json`)
  if (!existsSync(kept)) {
    const result = execFileSync(process.execPath, [here('pack.mjs'), dir], { encoding: 'utf8', timeout: 180_000, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 })
    mkdirSync(dirname(kept), { recursive: true })
    writeFileSync(kept, result.slice(result.indexOf('{"files"')))
  }
  return JSON.parse(readFileSync(kept, 'utf8'))
}

const built = copyBuild()

test('WeChat’s compilers are silent', () => assert.deepEqual(compilerFaults(built), []))

test('every event is one that its element fires', () => assert.deepEqual(eventFaults(built), []))

test('every call is one that WeChat knows', () => assert.deepEqual(callFaults(built), []))

test('the privacy guide that operators file is of just what the build asks for', () => {
  const guide = readFileSync(here('../../../deploy/README.md'), 'utf8').match(/\*\*Privacy guide\*\*[\s\S]*?\n\d\. /)[0]
  const declared = [...guide.matchAll(/^ {3}- ([^:]+): [^(]+\(`(\w+)`\)$/gm)].map(([, what, name]) => `${what} ${name}`)
  assert.deepEqual(declared.sort(), asksFor(built))
})

test('the packer takes the build, and its quality check has nothing to say', () => {
  const { files, bytes, quality } = packed(built)
  const sizes = quality.find((line) => line.name === 'PACKAGE_SIZE_LIMIT').detail
  console.log(`WECHAT packed files=${files} bytes=${bytes} ${Object.entries(sizes).map(([name, size]) => `${name}=${size}`).join(' ')}`)
  assert.ok(quality.length >= 10, 'it was checked')
  assert.deepEqual(quality.filter((line) => !line.success), [])
})

// What is broken on purpose is found, so that the tests above can go red.
test('a broken template, a wrong event and a renamed call are found', () => {
  const change = (dir, path, from, to) => {
    const text = readFileSync(join(dir, path), 'utf8')
    assert.ok(text.includes(from), `${path} holds ${from}`)
    writeFileSync(join(dir, path), text.replace(from, to))
  }
  const found = (faultsOf, path, from, to) => {
    const dir = copyBuild()
    change(dir, path, from, to)
    const faults = faultsOf(dir)
    rmSync(dir, { recursive: true })
    assert.ok(faults.length > 0, `${from} → ${to} in ${path} is not found`)
  }
  found(compilerFaults, 'pages/mine/bind.wxml', '</view>', '')
  found(compilerFaults, 'pages/mine/bind.wxml', '{{', '{{ + ')
  found(compilerFaults, 'app.wxss', '{', '{{')
  found(eventFaults, 'pages/counsel/book.wxml', 'bindtap=', 'bindtapped=')
  found(eventFaults, 'pages/counsel/book.wxml', 'bindanswer=', 'bindanswered=')
  found(callFaults, 'platform/weixin.js', '.scanCode', '.scanQRCode')
  found(callFaults, 'platform/privacy.js', '.requirePrivacyAuthorize', '.requirePrivacy')
})
