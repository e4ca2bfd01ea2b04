#!/bin/sh
# Makes the four demo lessons and their covers in cmd/xinyu/demo/media. They
# are drawn and sounded by ffmpeg alone, so they carry nobody else's rights.
#
# Needs ffmpeg (libx264, drawtext with fontconfig) and a Chinese font:
#   apt-get install ffmpeg fontconfig fonts-noto-cjk
# FONT names another font family, e.g. FONT='WenQuanYi Zen Hei'.
set -eu

font=${FONT:-Noto Sans CJK SC}
out=$(cd "$(dirname "$0")/../.." && pwd)/cmd/xinyu/demo/media
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$out"

case $(fc-match "$font" family) in
*"$font"*) ;;
*) echo "font \"$font\" is not installed (apt-get install fonts-noto-cjk)" >&2; exit 1 ;;
esac

ff() { ffmpeg -hide_banner -loglevel error -nostdin -y "$@"; }

# background FILE TOP BOTTOM HILL: a vertical wash of colour above two hills; colours are "r,g,b".
background() {
	channel() { # INDEX TOP BOTTOM HILL → the geq expression of one colour channel
		t=$(echo "$2" | cut -d, -f"$1"); b=$(echo "$3" | cut -d, -f"$1"); h=$(echo "$4" | cut -d, -f"$1")
		sky="$t+($b-$t)*Y/H"
		far="Y-(262+26*sin(X/96+1))"
		near="Y-(290+9*sin(X/70+3.4))"
		# A soft edge of one pixel keeps the hills from looking cut out.
		printf '%s' "lerp(lerp($sky,($h+$b)/2,clip($far,0,1)),$h,clip($near,0,1))"
	}
	ff -f lavfi -i color=black:s=640x360:d=1:r=1 -frames:v 1 \
		-vf "format=gbrp,geq=r='$(channel 1 "$2" "$3" "$4")':g='$(channel 2 "$2" "$3" "$4")':b='$(channel 3 "$2" "$3" "$4")'" "$tmp/$1"
}

# disc FILE R,G,B: a soft round shape, 200 pixels wide, bright at the upper left.
disc() {
	r=${2%%,*}; b=${2##*,}; g=${2#*,}; g=${g%,*}
	d="hypot(X-100,Y-100)"; light="28*(1-hypot(X-76,Y-72)/130)"
	ff -f lavfi -i color=black:s=200x200:d=1:r=1 -frames:v 1 \
		-vf "format=rgba,geq=r='clip($r+$light,0,255)':g='clip($g+$light,0,255)':b='clip($b+$light,0,255)':a='235*clip((97-$d)/3,0,1)'" "$tmp/$1"
}

# ring FILE: a thin white circle, 300 pixels wide.
ring() {
	ff -f lavfi -i color=white:s=300x300:d=1:r=1 -frames:v 1 \
		-vf "format=rgba,geq=r=255:g=255:b=255:a='150*clip(4-abs(hypot(X-150,Y-150)-142),0,1)'" "$tmp/$1"
}

# text SIZE Y COLOUR WORDS [FROM TO]: one drawtext filter, centred; with FROM and TO it fades in and out.
text() {
	printf "drawtext=font='%s':text='%s':fontsize=%s:fontcolor=%s:x=(w-text_w)/2:y=%s" "$font" "$4" "$1" "$3" "$2"
	if [ $# -gt 4 ]; then
		printf ":enable='between(t,%s,%s)':alpha='min(1,min((t-%s)/0.6,(%s-t)/0.6))'" "$5" "$6" "$5" "$6"
	fi
}

# lesson NAME SECONDS SIZE TITLE NOTE BACKGROUND SHAPES CAPTION...: SHAPES is a filter chain from [bg] to
# [scene] over the inputs 1: and up (set in $inputs); NOTE is the root of the chord in Hz.
lesson() {
	name=$1 seconds=$2 size=$3 title=$4 note=$5 bg=$6 shapes=$7
	shift 7
	draw="$(text 17 34 0x35505E@0.75 '心育微课 · 演示'),$(text "$size" 66 0x24404E "$title")"
	span=$((seconds / $#)) at=0
	for caption; do
		draw="$draw,$(text 23 308 0xFFFFFF "$caption" $at $((at + span)))"
		at=$((at + span))
	done
	tone="0.10*(0.65+0.35*sin(2*PI*t/9))"
	# shellcheck disable=SC2086 # $inputs is a list of options
	ff -loop 1 -framerate 12 -i "$tmp/$bg" $inputs \
		-f lavfi -i "color=0xFFFFFF@0.55:s=640x4:r=12,format=rgba" \
		-f lavfi -i "aevalsrc='$tone*(sin(2*PI*$note*t)+0.6*sin(2*PI*$note*1.25*t)+0.5*sin(2*PI*$note*1.5*t))/2':s=16000:c=mono" \
		-filter_complex "[0:v]format=rgba[bg];$shapes;[scene][$bar:v]overlay=x='-W+W*t/$seconds':y=356,$draw,format=yuv420p[v];[$((bar + 1)):a]afade=t=in:d=2,afade=t=out:st=$((seconds - 3)):d=3[a]" \
		-map '[v]' -map '[a]' -t "$seconds" -r 12 \
		-c:v libx264 -profile:v baseline -level 3.0 -preset veryslow -crf "${crf:-30}" -g 120 -tune animation \
		-c:a aac -b:a 12k -ac 1 -ar 16000 \
		-map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact -movflags +faststart "$out/$name.mp4"
	[ "$(wc -c <"$out/$name.mp4")" -le 307200 ] || { echo "$name.mp4 is over 300 KB" >&2; exit 1; }
	ff -ss $((span / 2)) -i "$out/$name.mp4" -frames:v 1 -q:v 4 -map_metadata -1 -fflags +bitexact -flags:v +bitexact "$out/$name.jpg"
}

still() { printf -- '-loop 1 -framerate 12 -i %s/%s ' "$tmp" "$1"; }

background dawn.png 224,240,246 250,233,214 84,130,108
background noon.png 214,233,247 238,245,228 80,128,94
background dusk.png 222,220,242 250,226,220 92,106,150
background lake.png 208,234,236 232,242,236 58,116,126
disc orange.png 246,180,122
disc blue.png 126,176,214
disc green.png 138,190,140
disc rose.png 232,150,158
disc yellow.png 246,208,118
ring ring.png

# 1: two who keep their distance come together and go on side by side.
inputs="$(still orange.png)$(still blue.png)" bar=3
lesson social-skills 20 36 '《学会交往 和谐相处》片段' 220 dawn.png \
	"[1:v]scale=104:-1[a];[2:v]scale=104:-1[b];[bg][a]overlay=x='70+138*min(1,t/10)*(2-min(1,t/10))+20*sin(t/2)':y='158+10*sin(t)'[m];[m][b]overlay=x='466-138*min(1,t/10)*(2-min(1,t/10))+20*sin(t/2)':y='158+10*sin(t+1)'[scene]" \
	'先听对方把话说完' '不同意，也可以好好说'

# 2: a small one grows beside a large one that stays.
inputs="$(still green.png)$(still yellow.png)" bar=3
lesson raising-resilience 20 28 '《家长如何培养孩子良好的心理素质》片段' 196 noon.png \
	"[1:v]scale=140:-1[a];[2:v]scale=w='2*trunc(26+16*min(1,t/18)+1.5*sin(t))':h=-2:eval=frame[b];[bg][a]overlay=x='190+4*sin(t/2)':y='136+4*sin(t/3)'[m];[m][b]overlay=x='382-w/2':y='270-h':eval=frame[scene]" \
	'陪孩子一起面对，不替他做完' '看见努力，比看见分数更要紧'

# 3: four feelings rise and sink, none of them better than another.
inputs="$(still yellow.png)$(still blue.png)$(still rose.png)$(still green.png)" bar=5
lesson knowing-feelings 60 38 '《认识情绪》' 208 dusk.png \
	"[1:v]scale=92:-1[a];[2:v]scale=92:-1[b];[3:v]scale=92:-1[c];[4:v]scale=92:-1[d];[bg][a]overlay=x=86:y='172+22*sin(t/3)'[m];[m][b]overlay=x=211:y='172+22*sin(t/3+1.6)'[n];[n][c]overlay=x=336:y='172+22*sin(t/3+3.2)'[o];[o][d]overlay=x=461:y='172+22*sin(t/3+4.8)'[scene]" \
	'高兴、难过、生气、害怕，都很正常' '情绪没有好坏，它在提醒我们' '先停一停，慢慢吸一口气' '给现在的感受起一个名字' '说出来：我感到……因为……' '需要帮助时，找一位信任的大人'

# 4: rings spread slowly from one who speaks to one who listens.
inputs="$(still ring.png)$(still rose.png)$(still blue.png)" bar=4 crf=33 # the longest must stay small too
lesson listening-to-children 90 38 '《倾听孩子》' 175 lake.png \
	"[1:v]scale=w='2*trunc(60+14*sin(t/2))':h=-2:eval=frame[r];[2:v]scale=76:-1[a];[3:v]scale=108:-1[b];[bg][r]overlay=x='242-w/2':y='206-h/2':eval=frame[m];[m][a]overlay=x='204+3*sin(t/2)':y=168[n];[n][b]overlay=x='352-8*sin(t/4)':y=150[scene]" \
	'放下手机，看着孩子的眼睛' '让他把话说完，不急着评理' '重复一遍：你的意思是……' '先接住感受，再谈办法' '沉默也可以，陪着就好' '每天留十分钟，只听不教'

ls -l "$out"
