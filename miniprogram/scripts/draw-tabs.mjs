// Draws the icons of the tab bar into src/static/tabs, where both builds take them from: node scripts/draw-tabs.mjs
// WeChat wants PNG of 81×81, at most 40 KB: https://developers.weixin.qq.com/miniprogram/dev/reference/configuration/app.html#tabBar
// CHROMIUM names the browser that renders them.
import { readFileSync, writeFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const SIZE = 81
// Each on a grid of 24: first what is filled when the tab is selected, then the other lines.
const ICONS = {
  home: ['M4.2 11 12 4.2l7.8 6.8v7.6a1.6 1.6 0 0 1-1.6 1.6H5.8a1.6 1.6 0 0 1-1.6-1.6z', 'M9.6 20v-4.6a2.4 2.4 0 0 1 4.8 0V20'],
  lessons: ['M5.4 4.8h13.2A2.2 2.2 0 0 1 20.8 7v8.4a2.2 2.2 0 0 1-2.2 2.2H5.4a2.2 2.2 0 0 1-2.2-2.2V7a2.2 2.2 0 0 1 2.2-2.2z', 'M10.2 8.4v5.6l4.8-2.8zM8.4 20.4h7.2'],
  lectures: ['M12 3.4a3 3 0 0 1 3 3v4.8a3 3 0 0 1-6 0V6.4a3 3 0 0 1 3-3z', 'M5.8 10.8a6.2 6.2 0 0 0 12.4 0M12 17v3.4M8.6 20.4h6.8'],
  counsel: ['M6 4.6h12A2.4 2.4 0 0 1 20.4 7v7.6A2.4 2.4 0 0 1 18 17h-5l-4.2 3.4V17H6a2.4 2.4 0 0 1-2.4-2.4V7A2.4 2.4 0 0 1 6 4.6z', 'M12 13.8c-4.6-2.9-3-5.6-1.3-5.6.7 0 1.1.5 1.3 1 .2-.5.6-1 1.3-1 1.7 0 3.3 2.7-1.3 5.6z'],
  mine: ['M12 4a3.7 3.7 0 1 1 0 7.4A3.7 3.7 0 0 1 12 4z', 'M4.8 20.2c.6-3.8 3.4-5.8 7.2-5.8s6.6 2 7.2 5.8z'],
}

// The colours are the tab bar's own, the fill the theme's soft one.
const { color, selectedColor } = /"tabBar": \{\s*"color": "(?<color>#\w+)",\s*"selectedColor": "(?<selectedColor>#\w+)"/.exec(readFileSync('src/pages.json', 'utf8')).groups
const soft = /--brand-soft: (#\w+)/.exec(readFileSync('src/styles/theme.scss', 'utf8'))[1]

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  const page = await browser.newPage({ viewport: { width: SIZE, height: SIZE } })
  for (const [name, [body, lines]] of Object.entries(ICONS)) {
    for (const [file, stroke, fill] of [[name, color, 'none'], [`${name}-on`, selectedColor, soft]]) {
      await page.setContent(
        `<style>body{margin:0}</style><svg width="${SIZE}" height="${SIZE}" viewBox="0 0 24 24" fill="none" stroke="${stroke}" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"><path d="${body}" fill="${fill}"/><path d="${lines}"/></svg>`,
      )
      writeFileSync(`src/static/tabs/${file}.png`, await page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: SIZE, height: SIZE } }))
    }
  }
} finally {
  await browser.close()
}
