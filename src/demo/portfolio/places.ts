/**
 * A district that exists, with its code after GB/T 2260. Only districts whose code has not changed
 * since the 1990s are listed, so that a birth in any year of the portfolio fits the code.
 */
export interface District {
  code: string;
  province: string;
  city: string;
  district: string;
  /** Who issues identity cards there. */
  police: string;
  court: string;
  streets: readonly string[];
}

const place = (
  code: string,
  province: string,
  city: string,
  district: string,
  streets: string,
): District => ({
  code,
  province,
  city,
  district,
  police: `${city}公安局${district.replace(/区$/, '')}分局`,
  court: `${province === city ? '' : province}${city}${district}人民法院`,
  streets: streets.split(' '),
});

/** Real divisions; the streets are common street names, the house numbers are made up. */
export const DISTRICTS: readonly District[] = [
  place('130102', '河北省', '石家庄市', '长安区', '中山东路 建设北大街 和平东路'),
  place('210102', '辽宁省', '沈阳市', '和平区', '中山路 南京南街 文化路'),
  place('210202', '辽宁省', '大连市', '中山区', '人民路 解放路 鲁迅路'),
  place('310104', '上海市', '上海市', '徐汇区', '漕溪北路 龙华西路 田林路'),
  place('310107', '上海市', '上海市', '普陀区', '曹杨路 真北路 长寿路'),
  place('320106', '江苏省', '南京市', '鼓楼区', '中山北路 北京西路 汉中路'),
  place('320102', '江苏省', '南京市', '玄武区', '珠江路 太平北路 玄武大道'),
  place('330106', '浙江省', '杭州市', '西湖区', '文三路 天目山路 古墩路'),
  place('330203', '浙江省', '宁波市', '海曙区', '中山西路 望京路 柳汀街'),
  place('340104', '安徽省', '合肥市', '蜀山区', '长江西路 潜山路 望江西路'),
  place('350203', '福建省', '厦门市', '思明区', '湖滨南路 嘉禾路 莲前西路'),
  place('350503', '福建省', '泉州市', '丰泽区', '津淮街 刺桐路 丰泽街'),
  place('360102', '江西省', '南昌市', '东湖区', '八一大道 阳明路 叠山路'),
  place('370102', '山东省', '济南市', '历下区', '泉城路 经十路 解放路'),
  place('370202', '山东省', '青岛市', '市南区', '香港中路 江西路 宁夏路'),
  place('410105', '河南省', '郑州市', '金水区', '花园路 经三路 东风路'),
  place('420106', '湖北省', '武汉市', '武昌区', '中北路 徐东大街 民主路'),
  place('420111', '湖北省', '武汉市', '洪山区', '珞喻路 雄楚大道 卓刀泉路'),
  place('440104', '广东省', '广州市', '越秀区', '东风东路 环市东路 中山三路'),
  place('440106', '广东省', '广州市', '天河区', '天河北路 黄埔大道中 中山大道西'),
  place('510104', '四川省', '成都市', '锦江区', '红星路三段 东大街 静居寺路'),
  place('510107', '四川省', '成都市', '武侯区', '武侯祠大街 人民南路四段 科华北路'),
  place('530102', '云南省', '昆明市', '五华区', '人民中路 一二一大街 学府路'),
  place('610113', '陕西省', '西安市', '雁塔区', '小寨东路 长安中路 科技路'),
];

/** @throws RangeError when the code is not in the table */
export function districtOf(code: string): District {
  const found = DISTRICTS.find((entry) => entry.code === code);
  if (found === undefined) throw new RangeError(`district ${code} is not in the table`);
  return found;
}

/** Province, city and district as one address prefix; a municipality is not written twice. */
export function divisionName(place: District): string {
  const province = place.province === place.city ? '' : place.province;
  return `${province}${place.city}${place.district}`;
}
