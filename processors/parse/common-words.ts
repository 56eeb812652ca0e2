const setOf = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/).filter(Boolean))

/** Lower-case company names that are everyday words: a mention counts only in company context. */
export const COMMON_WORD_NAMES = setOf(`
  total charter fidelity heritage premier duke medical partners south priority abide affirm align all alpha amber ameren american apple arch arrow atlas ball block bath best beyond biogen booking boot box
  bridge brink bumble camping carnival carvana caterpillar chase chegg cintas citizens clear cloud coach compass copper core corning
  crane crown cut dell delta digital dish dollar dominion dover dow ebay edison equity express extra fair fastly first five ford
  fox frontier gap general genuine global gold guess halo hanover harbor hess hologic home host humble hunt icon ingredion
  international invitation iron jack key kinder kraft lamb lemon lemonade liberty life lift lincoln live loop lucid macy manhattan
  marathon mark masco match meta micron monster moody morning mosaic national navigator news newell next nordic nova nucor oracle
  open organic owl packaging palo paramount park path peloton phillips pilot pioneer platinum pool principal progressive public
  pulse quest rambus range raymond regions republic ring rivian rocket root ross royal rush sage salt seagate select sempra
  shake shell signet simply snap snow southern spirit sprint square star state steel stride summit sun super synergy target
  teck tempur travelers trade tractor trip triumph twist twitter union unity unum upstart vail valley vector vertex visa vista
  visteon wabash walker waters wayfair wells west whirlpool wolf world xerox yelp zillow zoom`)

/** Symbols that are words or abbreviations of everyday text; without a strong mention they mean nothing. */
export const COMMON_WORD_SYMBOLS = setOf(`
  A ABOUT AGO AI ALL AM AN AND ANY APP ARE ARM AS AT AWAY BE BEST BIG BIT BIO BUY BY CAN CAR CARE CAT CASH CEO CFO CO COST CTO D
  DAY DD DO DOW EAT EDIT ELF EPS ETF EU EV F FAST FDA FED FIVE FOR FUN FUND FREE GAIN GAP GDP GLAD GO GOOD GROW HAS HE HEAR HES HI
  HIGH HOLD HOME HOPE HOT HUGE IBD IMF IN IP IPO IQ IR IS IT JACK JOB JOBS KEY KIDS LAND LAW LIFE LIVE LOAN LOVE LOW LUV MAIN MAN
  MA MAR MAY ME MET MO MOVE NEW NEWS NEXT NICE NO NOW NYSE OF OIL OLD ON ONE OPEN OR OUT PAY PAYS PC PE PEAK PH PLAN PLAY PM PR
  PRO PS Q RE REAL RH RIDE ROAD ROCK ROOT RT RUN RUSH SAFE SALE SAVE SEC SEE SELL SHOP SHOW SITE SIX SKY SNAP SO SOS STAY STEM
  SUN T TALK TEAM TECH TELL TH THE TIP TO TOP TRIP TRUE TV TWO UK UN UP US USA V VERY WAY WE WELL WHEN WIN WOW X Y YOU YEAR Z`)

/** Words around a common name that show a company is meant. */
export const COMPANY_CONTEXT = setOf(`
  inc corp corporation company co ltd plc shares share stock stocks ceo cfo coo chairman chief executive earnings revenue revenues
  sales profit profits quarter quarterly q1 q2 q3 q4 eps analyst analysts dividend buyback shareholders investors investor guidance
  forecast outlook nasdaq nyse acquisition acquire acquires acquired merger stake ipo upgrade upgrades upgraded downgrade downgrades
  downgraded lawsuit sues sued antitrust recall recalls recalled bullish bearish overweight underweight outperform price-target
  margin margins subsidiary unit spokesman spokeswoman spokesperson said says reported reports announced announces unveils launches
  beats misses shareholder trading traded premarket calls puts`)

/** Last words of legal names that people leave out. */
export const LEGAL_SUFFIXES = setOf(`
  inc incorporated corp corporation co company companies ltd limited plc llc lp sa ag nv se spa ab asa oyj holdings holding group
  trust the adr ads bancorp`)

/** Second parts of names that people leave out too: Cisco Systems, Ford Motor. */
export const DESCRIPTORS = setOf(`
  motor motors stores systems platforms technologies technology pharmaceuticals pharmaceutical therapeutics laboratories labs
  industries international enterprises energy airlines communications entertainment networks financial biosciences brands foods
  restaurants software semiconductor semiconductors devices instruments mobile interactive`)

/** First words too general to stand for a company alone. */
export const GENERIC_FIRST_WORDS = setOf(`
  china india japan canada mexico brazil chile korea taiwan europe asia israel general american national united first advanced applied global international consolidated southern northern western eastern new
  public standard universal continental texas us u s bank electronic digital analog royal great best big old central`)
