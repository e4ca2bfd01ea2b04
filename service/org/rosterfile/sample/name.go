package sample

import "math/rand/v2"

// Common surnames and given-name characters; any pupil's real name among the
// results is chance.
var (
	surnames = []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严")
	neutral  = []rune("子一雨思文明晨安乐宇佳欣嘉怡可心亦然清和书言知行新元春晓天阳")
	girls    = []rune("婷静雅慧琳萱瑶悦妍彤芳梦洁莹颖蕾薇诗语涵")
	boys     = []rune("浩轩杰俊豪博涛鹏睿航毅峰磊翔凯泽铭辰强伟")
)

// name invents a name: a surname and one or two characters.
func name(random *rand.Rand, girl bool) string {
	given := boys
	if girl {
		given = girls
	}
	pick := func(from []rune) rune { return from[random.IntN(len(from))] }
	if random.IntN(5) == 0 {
		return string([]rune{pick(surnames), pick(given)})
	}
	return string([]rune{pick(surnames), pick(neutral), pick(given)})
}
