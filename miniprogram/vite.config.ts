import { readFileSync } from 'node:fs'
import { defineConfig, type Plugin } from 'vite'
import uniModule from '@dcloudio/vite-plugin-uni'

// Under "type": "module" the plugin's CommonJS default arrives wrapped.
const uni = ((uniModule as unknown as { default?: typeof uniModule }).default ?? uniModule)

/** The browser runtime asks a vendor's CDN for pictures of shadows on page turns: nothing of ours asks a third party. */
function withoutForeignHosts(): Plugin {
  return {
    name: 'without-foreign-hosts',
    enforce: 'post',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk') file.code = scrub(file.code)
        else if (/\.(css|wxss|html)$/.test(file.fileName)) file.source = scrub(String(file.source))
      }
    },
  }
}

function scrub(text: string): string {
  return text
    .replace(/https:\/\/cdn\.dcloud\.net\.cn\/img\/shadow-\w+\.png/g, 'data:,')
    .replace(/https:\/\/vuejs\.org\/error-reference\//g, 'vue error ')
    .replace(/https:\/\/(?:\w[\w-]*\.)*dcloud\.(?:net\.cn|io|com)[\w./?=&%#-]*/g, 'about:blank')
}

export default defineConfig({
  plugins: [uni(), withoutForeignHosts()],
  define: { __VERSION__: JSON.stringify(JSON.parse(readFileSync('package.json', 'utf8')).version) },
  build: { sourcemap: false, target: 'es2019' },
  server: { proxy: { '/api': 'http://localhost:8080', '/media': 'http://localhost:8080' } },
})
