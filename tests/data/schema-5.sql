-- A store of schema 5, which lacks an index that schema 5 has since c93a226 (6f8434b).
BEGIN TRANSACTION;
CREATE TABLE api_keys (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	token_hash VARCHAR NOT NULL,
	last4 VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	created_by VARCHAR,
	last_used VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	UNIQUE (token_hash)
);
INSERT INTO "api_keys" VALUES('key_01m8naaqn70pq202j3r2xee206','prj_01m8naabrax5eg9wqejp399079','filler','admin','11711e4509db51ca45adae0b100116c9daf9bea7c84cc51d82113e3a6e50f9f3','ZKb3','2026-11-30T04:10:10.471Z',NULL,'2026-11-30T04:10:11.816Z');
CREATE TABLE armed_triggers (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	definition VARCHAR NOT NULL,
	armed BOOLEAN NOT NULL,
	error VARCHAR,
	PRIMARY KEY (flow_id, "trigger")
);
CREATE TABLE catalogues (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	definition VARCHAR NOT NULL,
	source VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "catalogues" VALUES('cat_01m8naas10aka30ccpaps3h6sb','prj_01m8naabrax5eg9wqejp399079','shop','{"title":"Shop","vendor":"Shop","discriminator":"type","verify":{"scheme":"none"},"verify_note":"","events":[{"name":"order.created","group":"Order","description":"","sample":{"type":"order.created"},"variants":[]},{"name":"order.paid","group":"Order","description":"","sample":{"type":"order.paid"},"variants":[]}]}','samples','2026-11-30T04:10:11.843Z','2026-11-30T04:10:11.843Z');
CREATE TABLE connections (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	piece VARCHAR NOT NULL,
	secret BLOB NOT NULL,
	status VARCHAR NOT NULL,
	error VARCHAR,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	checked VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "connections" VALUES('con_01m8naarzsqp53qbsn46xtztmq','prj_01m8naabrax5eg9wqejp399079','orders-signing','webhook',X'01EB6EBEAA201A5FE2DF01D6AE2E47125ACD1806B2828FECEA01283E43059B097643282540E43CFF0C368EFFCAE0862D71C0A5CAC644535927D2EDCCCDB0D381D4','unchecked',NULL,'2026-11-30T04:10:11.833Z','2026-11-30T04:10:11.833Z',NULL);
CREATE TABLE cursors (
	name VARCHAR NOT NULL,
	at INTEGER NOT NULL,
	event_id VARCHAR NOT NULL,
	PRIMARY KEY (name)
);
INSERT INTO "cursors" VALUES('destinations',30,'evt_01m8naasvpcmhzvsn8gshy6r4t');
CREATE TABLE cuts (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	run_id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	via VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE dedupe (
	flow_id VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	run_id VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (flow_id, "key")
);
INSERT INTO "dedupe" VALUES('flow_01m8naas3zm7styefkh8m76hy8','own:order paid','run_01m8naas89wc89mq61w13cg53p','2026-11-30T04:10:12.105Z');
INSERT INTO "dedupe" VALUES('flow_01m8naas3zm7styefkh8m76hy8','own:order later','run_01m8naasb1gsmy54vnw2tww2wx','2026-11-30T04:10:12.193Z');
INSERT INTO "dedupe" VALUES('flow_01m8naas3zm7styefkh8m76hy8','own:order broken','run_01m8naasc0bcqcggpatk02qk9t','2026-11-30T04:10:12.224Z');
INSERT INTO "dedupe" VALUES('flow_01m8naas3zm7styefkh8m76hy8','own:order unheard of','run_01m8naascaf5rex6dq2tq06bd7','2026-11-30T04:10:12.234Z');
INSERT INTO "dedupe" VALUES('flow_01m8naasq30rfcj4yynvjg85ba','feed:news:1796011812606:msg_01m8naasqt49d86r1gp75hmdef','run_01m8naasr4tv5b53k4we6r3tp5','2026-11-30T04:10:12.612Z');
CREATE TABLE deliveries (
	id VARCHAR NOT NULL,
	destination_id VARCHAR NOT NULL,
	project_id VARCHAR,
	event_id VARCHAR NOT NULL,
	action VARCHAR NOT NULL,
	status VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	order_key VARCHAR,
	attempts INTEGER NOT NULL,
	tries INTEGER NOT NULL,
	next_at VARCHAR,
	created VARCHAR NOT NULL,
	finished VARCHAR,
	PRIMARY KEY (id)
);
INSERT INTO "deliveries" VALUES('dlv_01m8naas5q000001xh9nhm492b','dst_01m8naas1g3p6p19hy4tewm2qz','prj_01m8naabrax5eg9wqejp399079','evt_01m8naas5q27603rpzk7swyp25','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:12.023Z','2026-11-30T04:10:12.117Z');
INSERT INTO "deliveries" VALUES('dlv_01m8naas5q000002xh9nhm492b','dst_01m8naas2c3zwnyt7433pabs3d','prj_01m8naabrax5eg9wqejp399079','evt_01m8naas5q27603rpzk7swyp25','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:12.023Z','2026-11-30T04:10:12.100Z');
INSERT INTO "deliveries" VALUES('dlv_01m8naaspa0000013j8tvqr3yv','dst_01m8naas1g3p6p19hy4tewm2qz','prj_01m8naabrax5eg9wqejp399079','evt_01m8naaspajtcgt27nhw4zbdc3','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:12.554Z','2026-11-30T04:10:12.579Z');
INSERT INTO "deliveries" VALUES('dlv_01m8naaspa0000023j8tvqr3yv','dst_01m8naas2c3zwnyt7433pabs3d','prj_01m8naabrax5eg9wqejp399079','evt_01m8naaspajtcgt27nhw4zbdc3','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:12.554Z','2026-11-30T04:10:12.580Z');
INSERT INTO "deliveries" VALUES('dlv_01m8naasqa000001967131z04s','dst_01m8naas1g3p6p19hy4tewm2qz','prj_01m8naabrax5eg9wqejp399079','evt_01m8naasqac2mfgzxftq01fwr7','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:12.586Z','2026-11-30T04:10:12.597Z');
INSERT INTO "deliveries" VALUES('dlv_01m8naasqa000002967131z04s','dst_01m8naas2c3zwnyt7433pabs3d','prj_01m8naabrax5eg9wqejp399079','evt_01m8naasqac2mfgzxftq01fwr7','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:12.586Z','2026-11-30T04:10:12.610Z');
INSERT INTO "deliveries" VALUES('dlv_01m8naastr0000015djayy5539','dst_01m8naas1g3p6p19hy4tewm2qz','prj_01m8naabrax5eg9wqejp399079','evt_01m8naastr919w1s243ph0g4c2','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:12.696Z','2026-11-30T04:10:12.714Z');
INSERT INTO "deliveries" VALUES('dlv_01m8naastr0000025djayy5539','dst_01m8naas2c3zwnyt7433pabs3d','prj_01m8naabrax5eg9wqejp399079','evt_01m8naastr919w1s243ph0g4c2','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:12.696Z','2026-11-30T04:10:12.717Z');
CREATE TABLE delivery_attempts (
	delivery_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	destination_id VARCHAR NOT NULL,
	started VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	status INTEGER,
	error VARCHAR,
	duration_ms FLOAT NOT NULL,
	phases VARCHAR NOT NULL,
	request BLOB NOT NULL,
	answer BLOB NOT NULL,
	retry_at VARCHAR,
	why VARCHAR NOT NULL,
	manual BOOLEAN NOT NULL,
	PRIMARY KEY (delivery_id, number)
);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8naas5q000002xh9nhm492b',1,'dst_01m8naas2c3zwnyt7433pabs3d','2026-11-30T04:10:12.078Z','ok',NULL,NULL,6.23,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":6.23}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8naas5q000001xh9nhm492b',1,'dst_01m8naas1g3p6p19hy4tewm2qz','2026-11-30T04:10:12.078Z','ok',NULL,NULL,23.68,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":23.68}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8naas5q27603rpzk7swyp25\",\"created\":\"2026-11-30T04:10:12.023Z\",\"updated\":\"2026-11-30T04:10:12.023Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8naabrax5eg9wqejp399079\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8naaqn70pq202j3r2xee206\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8naas3zm7styefkh8m76hy8\",\"externalId\":\"flow_01m8naas3zm7styefkh8m76hy8\",\"displayName\":\"Orders\",\"created\":\"2026-11-30T04:10:11.967Z\",\"updated\":\"2026-11-30T04:10:12.023Z\"},\"flowVersion\":{\"id\":\"ver_01m8naas5py4vedf9gr9szw9dj\",\"displayName\":\"Orders\",\"flowId\":\"flow_01m8naas3zm7styefkh8m76hy8\",\"number\":1,\"created\":\"2026-11-30T04:10:11.967Z\",\"updated\":\"2026-11-30T04:10:12.023Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8naaspa0000013j8tvqr3yv',1,'dst_01m8naas1g3p6p19hy4tewm2qz','2026-11-30T04:10:12.577Z','ok',NULL,NULL,2.05,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":2.05}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8naaspajtcgt27nhw4zbdc3\",\"created\":\"2026-11-30T04:10:12.554Z\",\"updated\":\"2026-11-30T04:10:12.554Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8naabrax5eg9wqejp399079\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8naaqn70pq202j3r2xee206\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8naasns5cy1w801wsejqfzm\",\"externalId\":\"flow_01m8naasns5cy1w801wsejqfzm\",\"displayName\":\"Agents\",\"created\":\"2026-11-30T04:10:12.537Z\",\"updated\":\"2026-11-30T04:10:12.553Z\"},\"flowVersion\":{\"id\":\"ver_01m8naasp919482wc1zf5pawv5\",\"displayName\":\"Agents\",\"flowId\":\"flow_01m8naasns5cy1w801wsejqfzm\",\"number\":1,\"created\":\"2026-11-30T04:10:12.537Z\",\"updated\":\"2026-11-30T04:10:12.553Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8naaspa0000023j8tvqr3yv',1,'dst_01m8naas2c3zwnyt7433pabs3d','2026-11-30T04:10:12.577Z','ok',NULL,NULL,2.8,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":2.8}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8naasqa000001967131z04s',1,'dst_01m8naas1g3p6p19hy4tewm2qz','2026-11-30T04:10:12.597Z','ok',NULL,NULL,0.65,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":0.65}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8naasqac2mfgzxftq01fwr7\",\"created\":\"2026-11-30T04:10:12.586Z\",\"updated\":\"2026-11-30T04:10:12.586Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8naabrax5eg9wqejp399079\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8naaqn70pq202j3r2xee206\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8naasq30rfcj4yynvjg85ba\",\"externalId\":\"flow_01m8naasq30rfcj4yynvjg85ba\",\"displayName\":\"Reader\",\"created\":\"2026-11-30T04:10:12.579Z\",\"updated\":\"2026-11-30T04:10:12.586Z\"},\"flowVersion\":{\"id\":\"ver_01m8naasq93sh4bsd0a1hrw9m9\",\"displayName\":\"Reader\",\"flowId\":\"flow_01m8naasq30rfcj4yynvjg85ba\",\"number\":1,\"created\":\"2026-11-30T04:10:12.579Z\",\"updated\":\"2026-11-30T04:10:12.586Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8naasqa000002967131z04s',1,'dst_01m8naas2c3zwnyt7433pabs3d','2026-11-30T04:10:12.597Z','ok',NULL,NULL,13.61,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":13.61}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8naastr0000015djayy5539',1,'dst_01m8naas1g3p6p19hy4tewm2qz','2026-11-30T04:10:12.705Z','ok',NULL,NULL,8.86,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":8.86}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8naastr919w1s243ph0g4c2\",\"created\":\"2026-11-30T04:10:12.696Z\",\"updated\":\"2026-11-30T04:10:12.696Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8naabrax5eg9wqejp399079\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8naaqn70pq202j3r2xee206\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8naast5ypxff0c3gag68hes\",\"externalId\":\"flow_01m8naast5ypxff0c3gag68hes\",\"displayName\":\"Switched off\",\"created\":\"2026-11-30T04:10:12.677Z\",\"updated\":\"2026-11-30T04:10:12.695Z\"},\"flowVersion\":{\"id\":\"ver_01m8naastq3yfcb9dfhmvbkzd8\",\"displayName\":\"Switched off\",\"flowId\":\"flow_01m8naast5ypxff0c3gag68hes\",\"number\":1,\"created\":\"2026-11-30T04:10:12.677Z\",\"updated\":\"2026-11-30T04:10:12.695Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8naastr0000025djayy5539',1,'dst_01m8naas2c3zwnyt7433pabs3d','2026-11-30T04:10:12.705Z','ok',NULL,NULL,12.17,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":12.17}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
CREATE TABLE destinations (
	id VARCHAR NOT NULL,
	project_id VARCHAR,
	name VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	url VARCHAR NOT NULL,
	events VARCHAR NOT NULL,
	format VARCHAR NOT NULL,
	headers BLOB NOT NULL,
	secret BLOB NOT NULL,
	verification VARCHAR NOT NULL,
	status VARCHAR NOT NULL,
	reason VARCHAR NOT NULL,
	options VARCHAR NOT NULL,
	failing_since VARCHAR,
	last_delivered VARCHAR,
	last_failed VARCHAR,
	creator VARCHAR,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "destinations" VALUES('dst_01m8naas1g3p6p19hy4tewm2qz','prj_01m8naabrax5eg9wqejp399079','File','file','events','["flow.published"]','raw',X'01EB6EBEAA23227A4161E7835394F25B0C0CFD8E2005E86EC08722EA8751147F1ED1A3022E8906317335F5D30E31FBF34F5E5F4A18554CC96653F84D87D39FD2',X'01EB6EBEAA87757301EE090EDEDBF26BF94F0218AC86193908D3FF3D5DE2F55A253E583FB178EAC4DDAF04C03DDCD332706089216B3BBD945A89B9FFB08A4F147BE42707CE169FC4EFDC5939CDEF0DF0846D1DF369812F0B4BF10FB9E23D97D644F034776D5DEF43DB9E373642E7FBDF65255A50808C40C774C501103B83F5497ED5DC8354004F25457AFE59A48DC36ADD997BBF23D97DB638F41FB43AF86C769D48865FC265FF2C128B6709D5932ED3218D72A471A5A46EC6B83F295B8A3DF3A55F1325BA333D003092877CAECEC26E84DB0D449977167533','none','active','','{"rate_per_s":null,"concurrency":4,"order_key":"","timeout_s":15.0,"batch_size":100,"disable_after_h":120.0}',NULL,'2026-11-30T04:10:12.117Z',NULL,NULL,'2026-11-30T04:10:11.887Z','2026-11-30T04:10:11.887Z');
INSERT INTO "destinations" VALUES('dst_01m8naas2c3zwnyt7433pabs3d','prj_01m8naabrax5eg9wqejp399079','Topic','topic','published','["flow.published"]','raw',X'01EB6EBEAAC768A5101EC41536FAA9DF8D3CF187358541F3217C2BDA55ACB4DA9D00C268D4BD97FD97D4545540AB0F9E1A94E92CFA6D8E3D8AD8299551607144',X'01EB6EBEAAE8F48C298B72EBD84FFDAD37CF32526AD65051210235D3D35EC9AD10B740AEC47A2F5863BD5DDB8301ACE922AD8477D69D429AE21008EA447A5A05B4C59A1B307E108C4983A34549CE6AF664123F4978471D6D0FBDA9CD030C7C4559AFD080C2C570DB6BF5B0C17EE4DDD23A38B9EC29CFEA152CB33BD375A981FDA4BEA60B6E9EEC20571FD07D7497C6E009C55DA792248FFAA2C7FFA6C09E80DD4BF4C55071300A67C3D5E6152501F28D3BFBB73016E3830F112D1109001A9BA203DEEB768F64D572703C7FDBD172289F138E1AAB5087889F97','none','active','','{"rate_per_s":null,"concurrency":4,"order_key":"","timeout_s":15.0,"batch_size":100,"disable_after_h":120.0}',NULL,'2026-11-30T04:10:12.100Z',NULL,NULL,'2026-11-30T04:10:11.916Z','2026-11-30T04:10:11.916Z');
CREATE TABLE draft_edits (
	id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	command VARCHAR NOT NULL,
	sentence VARCHAR NOT NULL,
	args VARCHAR,
	"offset" INTEGER NOT NULL,
	removed VARCHAR NOT NULL,
	inserted VARCHAR NOT NULL,
	revision INTEGER NOT NULL,
	user_id VARCHAR,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(flow_id) REFERENCES flows (id)
);
INSERT INTO "draft_edits" VALUES('edt_01m8naasgak27haa8ahvsps7z3','flow_01m8naas3zm7styefkh8m76hy8','prj_01m8naabrax5eg9wqejp399079',1,'set_name','Renamed the flow to “Orders of the shop”','{"name":"Orders of the shop"}',34,'',' of the shop',2,'key_01m8naaqn70pq202j3r2xee206','2026-11-30T04:10:12.362Z');
INSERT INTO "draft_edits" VALUES('edt_01m8naasgypbqjqf4aj3pbsn3c','flow_01m8naas3zm7styefkh8m76hy8','prj_01m8naabrax5eg9wqejp399079',2,'set_name','Renamed the flow to “Orders of two shops”','{"name":"Orders of two shops"}',39,'he shop','wo shops',4,'key_01m8naaqn70pq202j3r2xee206','2026-11-30T04:10:12.382Z');
CREATE TABLE events (
	id VARCHAR NOT NULL,
	action VARCHAR NOT NULL,
	project_id VARCHAR,
	user_id VARCHAR,
	flow_id VARCHAR,
	envelope BLOB NOT NULL,
	lineage VARCHAR DEFAULT '[]' NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES('evt_01m8naabrsce8hnfc645nqh7m3','project.created','prj_01m8naabrax5eg9wqejp399079',NULL,NULL,CAST('{"id":"evt_01m8naabrsce8hnfc645nqh7m3","created":"2026-11-30T04:09:58.297Z","updated":"2026-11-30T04:09:58.297Z","action":"project.created","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","data":{"project":{"id":"prj_01m8naabrax5eg9wqejp399079","displayName":"Default"}}}' AS BLOB),'[]','2026-11-30T04:09:58.297Z');
INSERT INTO "events" VALUES('evt_01m8naacemb4wr6jv53s1k7zwg','user.signed.up',NULL,'usr_01m8naaceb4xhqd9m8sctq9eqx',NULL,CAST('{"id":"evt_01m8naacemb4wr6jv53s1k7zwg","created":"2026-11-30T04:09:58.996Z","updated":"2026-11-30T04:09:58.996Z","action":"user.signed.up","platformId":"switchyard","userId":"usr_01m8naaceb4xhqd9m8sctq9eqx","userEmail":"admin@example.com","data":{"user":{"id":"usr_01m8naaceb4xhqd9m8sctq9eqx","email":"admin@example.com","displayName":"admin","firstName":"admin","lastName":""},"source":"credentials"}}' AS BLOB),'[]','2026-11-30T04:09:58.996Z');
INSERT INTO "events" VALUES('evt_01m8naaqnc0q99sedrak2mw05t','api_key.created','prj_01m8naabrax5eg9wqejp399079',NULL,NULL,CAST('{"id":"evt_01m8naaqnc0q99sedrak2mw05t","created":"2026-11-30T04:10:10.476Z","updated":"2026-11-30T04:10:10.476Z","action":"api_key.created","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","data":{"apiKey":{"id":"key_01m8naaqn70pq202j3r2xee206","displayName":"filler","role":"admin","last4":"ZKb3"}}}' AS BLOB),'[]','2026-11-30T04:10:10.476Z');
INSERT INTO "events" VALUES('evt_01m8naarzx696bwj90kmdq8kn1','connection.upserted','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206',NULL,CAST('{"id":"evt_01m8naarzx696bwj90kmdq8kn1","created":"2026-11-30T04:10:11.837Z","updated":"2026-11-30T04:10:11.837Z","action":"connection.upserted","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"connection":{"id":"con_01m8naarzsqp53qbsn46xtztmq","displayName":"orders-signing","externalId":"orders-signing","pieceName":"webhook","status":"UNCHECKED","type":"CUSTOM_AUTH","created":"2026-11-30T04:10:11.833Z","updated":"2026-11-30T04:10:11.833Z"}}}' AS BLOB),'[]','2026-11-30T04:10:11.837Z');
INSERT INTO "events" VALUES('evt_01m8naas11ss3vbym7tqz1ar2m','catalogue.created','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206',NULL,CAST('{"id":"evt_01m8naas11ss3vbym7tqz1ar2m","created":"2026-11-30T04:10:11.873Z","updated":"2026-11-30T04:10:11.873Z","action":"catalogue.created","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"catalogue":{"id":"cat_01m8naas10aka30ccpaps3h6sb","displayName":"shop","source":"samples","events":2}}}' AS BLOB),'[]','2026-11-30T04:10:11.873Z');
INSERT INTO "events" VALUES('evt_01m8naas1tg4dp8kqf472qrvha','event_destination.created','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206',NULL,CAST('{"id":"evt_01m8naas1tg4dp8kqf472qrvha","created":"2026-11-30T04:10:11.898Z","updated":"2026-11-30T04:10:11.898Z","action":"event_destination.created","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"destination":{"id":"dst_01m8naas1g3p6p19hy4tewm2qz","displayName":"File","kind":"file","status":"active","reason":"","events":["flow.published"],"target":"events"}}}' AS BLOB),'[]','2026-11-30T04:10:11.898Z');
INSERT INTO "events" VALUES('evt_01m8naas2rdbkkgjrra5zbkffn','event_destination.created','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206',NULL,CAST('{"id":"evt_01m8naas2rdbkkgjrra5zbkffn","created":"2026-11-30T04:10:11.928Z","updated":"2026-11-30T04:10:11.928Z","action":"event_destination.created","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"destination":{"id":"dst_01m8naas2c3zwnyt7433pabs3d","displayName":"Topic","kind":"topic","status":"active","reason":"","events":["flow.published"],"target":"published"}}}' AS BLOB),'[]','2026-11-30T04:10:11.928Z');
INSERT INTO "events" VALUES('evt_01m8naas41feavhdpva8g8xzqf','flow.created','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naas3zm7styefkh8m76hy8',CAST('{"id":"evt_01m8naas41feavhdpva8g8xzqf","created":"2026-11-30T04:10:11.969Z","updated":"2026-11-30T04:10:11.969Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naas3zm7styefkh8m76hy8","externalId":"flow_01m8naas3zm7styefkh8m76hy8","displayName":"Orders","created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:11.968Z"}}}' AS BLOB),'[]','2026-11-30T04:10:11.969Z');
INSERT INTO "events" VALUES('evt_01m8naas5q27603rpzk7swyp25','flow.published','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naas3zm7styefkh8m76hy8',CAST('{"id":"evt_01m8naas5q27603rpzk7swyp25","created":"2026-11-30T04:10:12.023Z","updated":"2026-11-30T04:10:12.023Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naas3zm7styefkh8m76hy8","externalId":"flow_01m8naas3zm7styefkh8m76hy8","displayName":"Orders","created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:12.023Z"},"flowVersion":{"id":"ver_01m8naas5py4vedf9gr9szw9dj","displayName":"Orders","flowId":"flow_01m8naas3zm7styefkh8m76hy8","number":1,"created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:12.023Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.023Z');
INSERT INTO "events" VALUES('evt_01m8naas5yvgp9yz1j2ercrg0x','flow.activated','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naas3zm7styefkh8m76hy8',CAST('{"id":"evt_01m8naas5yvgp9yz1j2ercrg0x","created":"2026-11-30T04:10:12.030Z","updated":"2026-11-30T04:10:12.030Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naas3zm7styefkh8m76hy8","externalId":"flow_01m8naas3zm7styefkh8m76hy8","displayName":"Orders","created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:12.028Z"},"flowVersion":{"id":"ver_01m8naas5py4vedf9gr9szw9dj","displayName":"Orders","flowId":"flow_01m8naas3zm7styefkh8m76hy8","number":1,"created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:12.028Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.030Z');
INSERT INTO "events" VALUES('evt_01m8naasc9j2xqc004fafn6qg4','flow.run.failed','prj_01m8naabrax5eg9wqejp399079',NULL,'flow_01m8naas3zm7styefkh8m76hy8',CAST('{"id":"evt_01m8naasc9j2xqc004fafn6qg4","created":"2026-11-30T04:10:12.228Z","updated":"2026-11-30T04:10:12.228Z","action":"flow.run.failed","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","data":{"flowRun":{"id":"run_01m8naasc0bcqcggpatk02qk9t","startTime":"2026-11-30T04:10:12.227Z","finishTime":"2026-11-30T04:10:12.228Z","duration":1,"environment":"PRODUCTION","flowId":"flow_01m8naas3zm7styefkh8m76hy8","flowVersionId":"ver_01m8naas5py4vedf9gr9szw9dj","flowDisplayName":"Orders","status":"FAILED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":false,"warnings":0,"error":{"step":"call","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}}}}' AS BLOB),'["flow_01m8naas3zm7styefkh8m76hy8"]','2026-11-30T04:10:12.228Z');
INSERT INTO "events" VALUES('evt_01m8naascx3z0am1f5p3bxzan2','flow.run.unrouted','prj_01m8naabrax5eg9wqejp399079',NULL,'flow_01m8naas3zm7styefkh8m76hy8',CAST('{"id":"evt_01m8naascx3z0am1f5p3bxzan2","created":"2026-11-30T04:10:12.253Z","updated":"2026-11-30T04:10:12.253Z","action":"flow.run.unrouted","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","data":{"flowRun":{"id":"run_01m8naascaf5rex6dq2tq06bd7","startTime":"2026-11-30T04:10:12.253Z","finishTime":"2026-11-30T04:10:12.253Z","duration":0,"environment":"PRODUCTION","flowId":"flow_01m8naas3zm7styefkh8m76hy8","flowVersionId":"ver_01m8naas5py4vedf9gr9szw9dj","flowDisplayName":"Orders","status":"SUCCEEDED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":true,"warnings":0,"error":null}}}' AS BLOB),'["flow_01m8naas3zm7styefkh8m76hy8"]','2026-11-30T04:10:12.253Z');
INSERT INTO "events" VALUES('evt_01m8naasgcdcej5cs6gmxmjhmz','flow.updated','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naas3zm7styefkh8m76hy8',CAST('{"id":"evt_01m8naasgcdcej5cs6gmxmjhmz","created":"2026-11-30T04:10:12.364Z","updated":"2026-11-30T04:10:12.364Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naas3zm7styefkh8m76hy8","externalId":"flow_01m8naas3zm7styefkh8m76hy8","displayName":"Orders of the shop","created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:12.360Z"},"request":{"type":"SET_NAME","request":{"revision":2,"sentence":"Renamed the flow to “Orders of the shop”","args":{"name":"Orders of the shop"}}}}}' AS BLOB),'[]','2026-11-30T04:10:12.364Z');
INSERT INTO "events" VALUES('evt_01m8naasgztvk45kvzey7bh7ag','flow.updated','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naas3zm7styefkh8m76hy8',CAST('{"id":"evt_01m8naasgztvk45kvzey7bh7ag","created":"2026-11-30T04:10:12.383Z","updated":"2026-11-30T04:10:12.383Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naas3zm7styefkh8m76hy8","externalId":"flow_01m8naas3zm7styefkh8m76hy8","displayName":"Orders of two shops","created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:12.382Z"},"request":{"type":"SET_NAME","request":{"revision":3,"sentence":"Renamed the flow to “Orders of two shops”","args":{"name":"Orders of two shops"}}}}}' AS BLOB),'[]','2026-11-30T04:10:12.383Z');
INSERT INTO "events" VALUES('evt_01m8naaskpycjyxrynx6vs420e','flow.updated','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naas3zm7styefkh8m76hy8',CAST('{"id":"evt_01m8naaskpycjyxrynx6vs420e","created":"2026-11-30T04:10:12.470Z","updated":"2026-11-30T04:10:12.470Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naas3zm7styefkh8m76hy8","externalId":"flow_01m8naas3zm7styefkh8m76hy8","displayName":"Orders of the shop","created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:12.469Z"},"request":{"type":"UNDO","request":{"revision":4,"sentence":"Undid: Renamed the flow to “Orders of two shops”"}}}}' AS BLOB),'[]','2026-11-30T04:10:12.470Z');
INSERT INTO "events" VALUES('evt_01m8naasmb9j587zy3ec9zqp0y','folder.created','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206',NULL,CAST('{"id":"evt_01m8naasmb9j587zy3ec9zqp0y","created":"2026-11-30T04:10:12.491Z","updated":"2026-11-30T04:10:12.491Z","action":"folder.created","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"folder":{"id":"fld_01m8naasm1d9g2aq89nn2853r4","displayName":"Shop","created":"2026-11-30T04:10:12.481Z","updated":"2026-11-30T04:10:12.481Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.491Z');
INSERT INTO "events" VALUES('evt_01m8naasmt7jznmnrdyxjv94s3','flow.updated','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naas3zm7styefkh8m76hy8',CAST('{"id":"evt_01m8naasmt7jznmnrdyxjv94s3","created":"2026-11-30T04:10:12.506Z","updated":"2026-11-30T04:10:12.506Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naas3zm7styefkh8m76hy8","externalId":"flow_01m8naas3zm7styefkh8m76hy8","displayName":"Orders of the shop","created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:12.469Z"},"request":{"type":"MOVE_TO_FOLDER","request":{"revision":4,"sentence":"Moved it to the folder “Shop”","args":{"folder":"fld_01m8naasm1d9g2aq89nn2853r4"}}}}}' AS BLOB),'[]','2026-11-30T04:10:12.506Z');
INSERT INTO "events" VALUES('evt_01m8naasmtqae2zemn8bvdnztk','flow.updated','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naas3zm7styefkh8m76hy8',CAST('{"id":"evt_01m8naasmtqae2zemn8bvdnztk","created":"2026-11-30T04:10:12.506Z","updated":"2026-11-30T04:10:12.506Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naas3zm7styefkh8m76hy8","externalId":"flow_01m8naas3zm7styefkh8m76hy8","displayName":"Orders of the shop","created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:12.469Z"},"request":{"type":"SET_TAGS","request":{"revision":4,"sentence":"Set its tags to shop","args":{"tags":["shop"]}}}}}' AS BLOB),'[]','2026-11-30T04:10:12.506Z');
INSERT INTO "events" VALUES('evt_01m8naasns7mqqg272hmzdf6qp','flow.created','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naasns5cy1w801wsejqfzm',CAST('{"id":"evt_01m8naasns7mqqg272hmzdf6qp","created":"2026-11-30T04:10:12.537Z","updated":"2026-11-30T04:10:12.537Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naasns5cy1w801wsejqfzm","externalId":"flow_01m8naasns5cy1w801wsejqfzm","displayName":"Agents","created":"2026-11-30T04:10:12.537Z","updated":"2026-11-30T04:10:12.537Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.537Z');
INSERT INTO "events" VALUES('evt_01m8naaspajtcgt27nhw4zbdc3','flow.published','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naasns5cy1w801wsejqfzm',CAST('{"id":"evt_01m8naaspajtcgt27nhw4zbdc3","created":"2026-11-30T04:10:12.554Z","updated":"2026-11-30T04:10:12.554Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naasns5cy1w801wsejqfzm","externalId":"flow_01m8naasns5cy1w801wsejqfzm","displayName":"Agents","created":"2026-11-30T04:10:12.537Z","updated":"2026-11-30T04:10:12.553Z"},"flowVersion":{"id":"ver_01m8naasp919482wc1zf5pawv5","displayName":"Agents","flowId":"flow_01m8naasns5cy1w801wsejqfzm","number":1,"created":"2026-11-30T04:10:12.537Z","updated":"2026-11-30T04:10:12.553Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.554Z');
INSERT INTO "events" VALUES('evt_01m8naaspbdjtfxt3yxw57x3hy','flow.activated','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naasns5cy1w801wsejqfzm',CAST('{"id":"evt_01m8naaspbdjtfxt3yxw57x3hy","created":"2026-11-30T04:10:12.555Z","updated":"2026-11-30T04:10:12.555Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naasns5cy1w801wsejqfzm","externalId":"flow_01m8naasns5cy1w801wsejqfzm","displayName":"Agents","created":"2026-11-30T04:10:12.537Z","updated":"2026-11-30T04:10:12.554Z"},"flowVersion":{"id":"ver_01m8naasp919482wc1zf5pawv5","displayName":"Agents","flowId":"flow_01m8naasns5cy1w801wsejqfzm","number":1,"created":"2026-11-30T04:10:12.537Z","updated":"2026-11-30T04:10:12.554Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.555Z');
INSERT INTO "events" VALUES('evt_01m8naasq4zkpybxq7genhcbff','flow.created','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naasq30rfcj4yynvjg85ba',CAST('{"id":"evt_01m8naasq4zkpybxq7genhcbff","created":"2026-11-30T04:10:12.580Z","updated":"2026-11-30T04:10:12.580Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naasq30rfcj4yynvjg85ba","externalId":"flow_01m8naasq30rfcj4yynvjg85ba","displayName":"Reader","created":"2026-11-30T04:10:12.579Z","updated":"2026-11-30T04:10:12.579Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.580Z');
INSERT INTO "events" VALUES('evt_01m8naasqac2mfgzxftq01fwr7','flow.published','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naasq30rfcj4yynvjg85ba',CAST('{"id":"evt_01m8naasqac2mfgzxftq01fwr7","created":"2026-11-30T04:10:12.586Z","updated":"2026-11-30T04:10:12.586Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naasq30rfcj4yynvjg85ba","externalId":"flow_01m8naasq30rfcj4yynvjg85ba","displayName":"Reader","created":"2026-11-30T04:10:12.579Z","updated":"2026-11-30T04:10:12.586Z"},"flowVersion":{"id":"ver_01m8naasq93sh4bsd0a1hrw9m9","displayName":"Reader","flowId":"flow_01m8naasq30rfcj4yynvjg85ba","number":1,"created":"2026-11-30T04:10:12.579Z","updated":"2026-11-30T04:10:12.586Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.586Z');
INSERT INTO "events" VALUES('evt_01m8naasqbm7xbxae8nsre42bd','flow.activated','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naasq30rfcj4yynvjg85ba',CAST('{"id":"evt_01m8naasqbm7xbxae8nsre42bd","created":"2026-11-30T04:10:12.587Z","updated":"2026-11-30T04:10:12.587Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naasq30rfcj4yynvjg85ba","externalId":"flow_01m8naasq30rfcj4yynvjg85ba","displayName":"Reader","created":"2026-11-30T04:10:12.579Z","updated":"2026-11-30T04:10:12.586Z"},"flowVersion":{"id":"ver_01m8naasq93sh4bsd0a1hrw9m9","displayName":"Reader","flowId":"flow_01m8naasq30rfcj4yynvjg85ba","number":1,"created":"2026-11-30T04:10:12.579Z","updated":"2026-11-30T04:10:12.586Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.587Z');
INSERT INTO "events" VALUES('evt_01m8naast64kges79nx0phrv61','flow.created','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naast5ypxff0c3gag68hes',CAST('{"id":"evt_01m8naast64kges79nx0phrv61","created":"2026-11-30T04:10:12.678Z","updated":"2026-11-30T04:10:12.678Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naast5ypxff0c3gag68hes","externalId":"flow_01m8naast5ypxff0c3gag68hes","displayName":"Switched off","created":"2026-11-30T04:10:12.677Z","updated":"2026-11-30T04:10:12.677Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.678Z');
INSERT INTO "events" VALUES('evt_01m8naastr919w1s243ph0g4c2','flow.published','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naast5ypxff0c3gag68hes',CAST('{"id":"evt_01m8naastr919w1s243ph0g4c2","created":"2026-11-30T04:10:12.696Z","updated":"2026-11-30T04:10:12.696Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naast5ypxff0c3gag68hes","externalId":"flow_01m8naast5ypxff0c3gag68hes","displayName":"Switched off","created":"2026-11-30T04:10:12.677Z","updated":"2026-11-30T04:10:12.695Z"},"flowVersion":{"id":"ver_01m8naastq3yfcb9dfhmvbkzd8","displayName":"Switched off","flowId":"flow_01m8naast5ypxff0c3gag68hes","number":1,"created":"2026-11-30T04:10:12.677Z","updated":"2026-11-30T04:10:12.695Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.696Z');
INSERT INTO "events" VALUES('evt_01m8naastrj249pce9tpyb7tfg','flow.activated','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naast5ypxff0c3gag68hes',CAST('{"id":"evt_01m8naastrj249pce9tpyb7tfg","created":"2026-11-30T04:10:12.696Z","updated":"2026-11-30T04:10:12.696Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naast5ypxff0c3gag68hes","externalId":"flow_01m8naast5ypxff0c3gag68hes","displayName":"Switched off","created":"2026-11-30T04:10:12.677Z","updated":"2026-11-30T04:10:12.696Z"},"flowVersion":{"id":"ver_01m8naastq3yfcb9dfhmvbkzd8","displayName":"Switched off","flowId":"flow_01m8naast5ypxff0c3gag68hes","number":1,"created":"2026-11-30T04:10:12.677Z","updated":"2026-11-30T04:10:12.696Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.696Z');
INSERT INTO "events" VALUES('evt_01m8naasv64esktndwhe1qyvp6','flow.deactivated','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naast5ypxff0c3gag68hes',CAST('{"id":"evt_01m8naasv64esktndwhe1qyvp6","created":"2026-11-30T04:10:12.710Z","updated":"2026-11-30T04:10:12.710Z","action":"flow.deactivated","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naast5ypxff0c3gag68hes","externalId":"flow_01m8naast5ypxff0c3gag68hes","displayName":"Switched off","created":"2026-11-30T04:10:12.677Z","updated":"2026-11-30T04:10:12.710Z"},"flowVersion":{"id":"ver_01m8naastq3yfcb9dfhmvbkzd8","displayName":"Switched off","flowId":"flow_01m8naast5ypxff0c3gag68hes","number":1,"created":"2026-11-30T04:10:12.677Z","updated":"2026-11-30T04:10:12.710Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.710Z');
INSERT INTO "events" VALUES('evt_01m8naasvcfdy4yag79szrhqc2','flow.created','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naasvc42yce48552zcz3d4',CAST('{"id":"evt_01m8naasvcfdy4yag79szrhqc2","created":"2026-11-30T04:10:12.716Z","updated":"2026-11-30T04:10:12.716Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naasvc42yce48552zcz3d4","externalId":"flow_01m8naasvc42yce48552zcz3d4","displayName":"Deleted","created":"2026-11-30T04:10:12.716Z","updated":"2026-11-30T04:10:12.716Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.716Z');
INSERT INTO "events" VALUES('evt_01m8naasvpcmhzvsn8gshy6r4t','flow.deleted','prj_01m8naabrax5eg9wqejp399079','key_01m8naaqn70pq202j3r2xee206','flow_01m8naasvc42yce48552zcz3d4',CAST('{"id":"evt_01m8naasvpcmhzvsn8gshy6r4t","created":"2026-11-30T04:10:12.726Z","updated":"2026-11-30T04:10:12.726Z","action":"flow.deleted","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naasvc42yce48552zcz3d4","externalId":"flow_01m8naasvc42yce48552zcz3d4","displayName":"Deleted","created":"2026-11-30T04:10:12.716Z","updated":"2026-11-30T04:10:12.716Z"}}}' AS BLOB),'[]','2026-11-30T04:10:12.726Z');
CREATE TABLE flow_versions (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	definition VARCHAR NOT NULL,
	digest VARCHAR NOT NULL,
	note VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	created_by VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(flow_id) REFERENCES flows (id)
);
INSERT INTO "flow_versions" VALUES('ver_01m8naas5py4vedf9gr9szw9dj','prj_01m8naabrax5eg9wqejp399079','flow_01m8naas3zm7styefkh8m76hy8',1,'{
  "format": 1,
  "name": "Orders",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "github",
          "connection": "orders-signing"
        },
        "dedupe": "trigger.body.id"
      }
    }
  ],
  "start": "by_kind",
  "steps": {
    "by_kind": {
      "type": "router",
      "key": "trigger.body.kind",
      "branches": [
        {
          "name": "Paid",
          "case": [
            "paid"
          ],
          "next": "remember"
        },
        {
          "name": "Later",
          "case": [
            "later"
          ],
          "next": "wait"
        },
        {
          "name": "Broken",
          "case": [
            "broken"
          ],
          "next": "call"
        }
      ],
      "next": null
    },
    "remember": {
      "type": "action",
      "piece": "store",
      "action": "put",
      "input": {
        "key": "last order",
        "value": "{{ trigger.body.id }}"
      },
      "next": "total"
    },
    "total": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": {
          "order": "{{ trigger.body.id }}"
        }
      },
      "next": null
    },
    "wait": {
      "type": "action",
      "piece": "delay",
      "action": "delay_for",
      "input": {
        "duration": 9,
        "unit": "days"
      },
      "next": null
    },
    "call": {
      "type": "action",
      "piece": "http",
      "action": "request",
      "input": {
        "method": "GET",
        "url": "http://127.0.0.1:9/refused"
      },
      "next": null
    }
  },
  "samples": {
    "paid": {
      "body": {
        "kind": "paid",
        "id": "o-1"
      }
    }
  }
}
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:10:12.022Z','key_01m8naaqn70pq202j3r2xee206');
INSERT INTO "flow_versions" VALUES('ver_fcaf0bdf5784ccbcdafbf5e2f0','prj_01m8naabrax5eg9wqejp399079','flow_01m8naas3zm7styefkh8m76hy8',0,'{
  "format": 1,
  "name": "Orders",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "github",
          "connection": "orders-signing"
        },
        "dedupe": "trigger.body.id"
      }
    }
  ],
  "start": "by_kind",
  "steps": {
    "by_kind": {
      "type": "router",
      "key": "trigger.body.kind",
      "branches": [
        {
          "name": "Paid",
          "case": [
            "paid"
          ],
          "next": "remember"
        },
        {
          "name": "Later",
          "case": [
            "later"
          ],
          "next": "wait"
        },
        {
          "name": "Broken",
          "case": [
            "broken"
          ],
          "next": "call"
        }
      ],
      "next": null
    },
    "remember": {
      "type": "action",
      "piece": "store",
      "action": "put",
      "input": {
        "key": "last order",
        "value": "{{ trigger.body.id }}"
      },
      "next": "total"
    },
    "total": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": {
          "order": "{{ trigger.body.id }}"
        }
      },
      "next": null
    },
    "wait": {
      "type": "action",
      "piece": "delay",
      "action": "delay_for",
      "input": {
        "duration": 9,
        "unit": "days"
      },
      "next": null
    },
    "call": {
      "type": "action",
      "piece": "http",
      "action": "request",
      "input": {
        "method": "GET",
        "url": "http://127.0.0.1:9/refused"
      },
      "next": null
    }
  },
  "samples": {
    "paid": {
      "body": {
        "kind": "paid",
        "id": "o-1"
      }
    }
  }
}
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:10:12.269Z','key_01m8naaqn70pq202j3r2xee206');
INSERT INTO "flow_versions" VALUES('ver_01m8naasp919482wc1zf5pawv5','prj_01m8naabrax5eg9wqejp399079','flow_01m8naasns5cy1w801wsejqfzm',1,'{
  "format": 1,
  "name": "Agents",
  "description": "Routes 1 of the events that Deck sends.",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "by_event",
  "steps": {
    "by_event": {
      "type": "router",
      "title": "By event",
      "key": "trigger.body.type",
      "branches": [
        {
          "name": "Agent created",
          "case": [
            "agent.created"
          ],
          "next": null
        }
      ],
      "otherwise": {
        "next": null
      },
      "next": null
    }
  },
  "samples": {
    "agent.created": {
      "body": {
        "id": "evt_01jm0001x7kq2r9v",
        "object": "event",
        "type": "agent.created",
        "data": {
          "id": "agt_a1b2c3d4",
          "object": "agent",
          "name": "Invoice collector",
          "created_at": "2026-02-14T09:30:00Z",
          "updated_at": "2026-02-14T09:30:00Z"
        },
        "created_at": "2026-02-14T09:31:12Z"
      }
    }
  },
  "notes": [
    {
      "text": "Events of Deck, one branch each. Add steps to the branches you care about; test each branch with its stored sample; publish; then give this flow''s webhook address to Deck.\n\nNothing is verified: anyone who knows the address can send events.\n\nWhat no branch knows goes to “otherwise”. Remove it to see such events under Unrouted.",
      "step": "by_event"
    }
  ]
}
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3','','2026-11-30T04:10:12.553Z','key_01m8naaqn70pq202j3r2xee206');
INSERT INTO "flow_versions" VALUES('ver_01m8naasq93sh4bsd0a1hrw9m9','prj_01m8naabrax5eg9wqejp399079','flow_01m8naasq30rfcj4yynvjg85ba',1,'{
  "format": 1,
  "name": "Reader",
  "triggers": [
    {
      "name": "news",
      "piece": "topic",
      "trigger": "subscribe",
      "input": {
        "topic": "orders.new"
      }
    }
  ],
  "start": "note",
  "steps": {
    "note": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": "{{ trigger.body }}"
      },
      "next": null
    }
  }
}
','3be931eecb6ecbd0fc61304afc51c66254e2603dd9fd7a16a29849c9cd9c5ee0','','2026-11-30T04:10:12.585Z','key_01m8naaqn70pq202j3r2xee206');
INSERT INTO "flow_versions" VALUES('ver_01m8naastq3yfcb9dfhmvbkzd8','prj_01m8naabrax5eg9wqejp399079','flow_01m8naast5ypxff0c3gag68hes',1,'{
  "format": 1,
  "name": "Switched off",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "note",
  "steps": {
    "note": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": 1
      },
      "next": null
    }
  }
}
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf','','2026-11-30T04:10:12.695Z','key_01m8naaqn70pq202j3r2xee206');
CREATE TABLE flows (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	enabled BOOLEAN NOT NULL,
	draft VARCHAR NOT NULL,
	digest VARCHAR NOT NULL,
	revision INTEGER NOT NULL,
	edit_at INTEGER NOT NULL,
	published_version INTEGER,
	catalogue VARCHAR,
	folder_id VARCHAR,
	tags VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	updated_by VARCHAR,
	deleted VARCHAR,
	deleted_by VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(folder_id) REFERENCES folders (id)
);
INSERT INTO "flows" VALUES('flow_01m8naas3zm7styefkh8m76hy8','prj_01m8naabrax5eg9wqejp399079','Orders of the shop',1,'{
  "format": 1,
  "name": "Orders of the shop",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "github",
          "connection": "orders-signing"
        },
        "dedupe": "trigger.body.id"
      }
    }
  ],
  "start": "by_kind",
  "steps": {
    "by_kind": {
      "type": "router",
      "key": "trigger.body.kind",
      "branches": [
        {
          "name": "Paid",
          "case": [
            "paid"
          ],
          "next": "remember"
        },
        {
          "name": "Later",
          "case": [
            "later"
          ],
          "next": "wait"
        },
        {
          "name": "Broken",
          "case": [
            "broken"
          ],
          "next": "call"
        }
      ],
      "next": null
    },
    "remember": {
      "type": "action",
      "piece": "store",
      "action": "put",
      "input": {
        "key": "last order",
        "value": "{{ trigger.body.id }}"
      },
      "next": "total"
    },
    "total": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": {
          "order": "{{ trigger.body.id }}"
        }
      },
      "next": null
    },
    "wait": {
      "type": "action",
      "piece": "delay",
      "action": "delay_for",
      "input": {
        "duration": 9,
        "unit": "days"
      },
      "next": null
    },
    "call": {
      "type": "action",
      "piece": "http",
      "action": "request",
      "input": {
        "method": "GET",
        "url": "http://127.0.0.1:9/refused"
      },
      "next": null
    }
  },
  "samples": {
    "paid": {
      "body": {
        "kind": "paid",
        "id": "o-1"
      }
    }
  }
}
','1d44ca20eddf9c68d33631638c373c5f9b7ca94ad1a411bbcfb243672e760f4f',4,1,1,NULL,'fld_01m8naasm1d9g2aq89nn2853r4','["shop"]','2026-11-30T04:10:11.967Z','2026-11-30T04:10:12.469Z','key_01m8naaqn70pq202j3r2xee206',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8naasns5cy1w801wsejqfzm','prj_01m8naabrax5eg9wqejp399079','Agents',1,'{
  "format": 1,
  "name": "Agents",
  "description": "Routes 1 of the events that Deck sends.",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "by_event",
  "steps": {
    "by_event": {
      "type": "router",
      "title": "By event",
      "key": "trigger.body.type",
      "branches": [
        {
          "name": "Agent created",
          "case": [
            "agent.created"
          ],
          "next": null
        }
      ],
      "otherwise": {
        "next": null
      },
      "next": null
    }
  },
  "samples": {
    "agent.created": {
      "body": {
        "id": "evt_01jm0001x7kq2r9v",
        "object": "event",
        "type": "agent.created",
        "data": {
          "id": "agt_a1b2c3d4",
          "object": "agent",
          "name": "Invoice collector",
          "created_at": "2026-02-14T09:30:00Z",
          "updated_at": "2026-02-14T09:30:00Z"
        },
        "created_at": "2026-02-14T09:31:12Z"
      }
    }
  },
  "notes": [
    {
      "text": "Events of Deck, one branch each. Add steps to the branches you care about; test each branch with its stored sample; publish; then give this flow''s webhook address to Deck.\n\nNothing is verified: anyone who knows the address can send events.\n\nWhat no branch knows goes to “otherwise”. Remove it to see such events under Unrouted.",
      "step": "by_event"
    }
  ]
}
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3',1,0,1,'deck',NULL,'[]','2026-11-30T04:10:12.537Z','2026-11-30T04:10:12.554Z','key_01m8naaqn70pq202j3r2xee206',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8naasq30rfcj4yynvjg85ba','prj_01m8naabrax5eg9wqejp399079','Reader',1,'{
  "format": 1,
  "name": "Reader",
  "triggers": [
    {
      "name": "news",
      "piece": "topic",
      "trigger": "subscribe",
      "input": {
        "topic": "orders.new"
      }
    }
  ],
  "start": "note",
  "steps": {
    "note": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": "{{ trigger.body }}"
      },
      "next": null
    }
  }
}
','3be931eecb6ecbd0fc61304afc51c66254e2603dd9fd7a16a29849c9cd9c5ee0',1,0,1,NULL,NULL,'[]','2026-11-30T04:10:12.579Z','2026-11-30T04:10:12.586Z','key_01m8naaqn70pq202j3r2xee206',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8naast5ypxff0c3gag68hes','prj_01m8naabrax5eg9wqejp399079','Switched off',0,'{
  "format": 1,
  "name": "Switched off",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "note",
  "steps": {
    "note": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": 1
      },
      "next": null
    }
  }
}
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf',1,0,1,NULL,NULL,'[]','2026-11-30T04:10:12.677Z','2026-11-30T04:10:12.710Z','key_01m8naaqn70pq202j3r2xee206',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8naasvc42yce48552zcz3d4','prj_01m8naabrax5eg9wqejp399079','Deleted',0,'{
  "format": 1,
  "name": "Deleted",
  "triggers": [],
  "start": null,
  "steps": {}
}
','7f21905ccfc50d17daf3a3782672a7e97196b4829ee62e9cb5735dc98c22d699',1,0,NULL,NULL,NULL,'[]','2026-11-30T04:10:12.716Z','2026-11-30T04:10:12.716Z','key_01m8naaqn70pq202j3r2xee206','2026-11-30T04:10:12.725Z','key_01m8naaqn70pq202j3r2xee206');
CREATE TABLE folders (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "folders" VALUES('fld_01m8naasm1d9g2aq89nn2853r4','prj_01m8naabrax5eg9wqejp399079','Shop','2026-11-30T04:10:12.481Z','2026-11-30T04:10:12.481Z');
CREATE TABLE journal (
	run_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	records BLOB NOT NULL,
	PRIMARY KEY (run_id, number)
);
INSERT INTO "journal" VALUES('run_01m8naas89wc89mq61w13cg53p',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}},{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"order paid"},"output":"order paid","ms":29.67},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"order paid"}},"output":{"order":"order paid"},"ms":0.14}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naasb1gsmy54vnw2tww2wx',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"later","branches":["Later"]},"branch":"Later","input":{"key":"later"}},{"name":"wait","type":"action","status":"waiting","piece":"delay","action":"delay_for","attempts":1,"input":{"duration":9,"unit":"days"},"resume_at":1796789412.2206979,"state":{"since":"2026-11-30T04:10:12.220Z","until":"2026-12-09T04:10:12.220Z"},"ms":0.14}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naasc0bcqcggpatk02qk9t',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"broken","branches":["Broken"]},"branch":"Broken","input":{"key":"broken"}},{"name":"call","type":"action","status":"failed","piece":"http","action":"request","attempts":1,"input":{"method":"GET","url":"http://127.0.0.1:9/refused"},"error":{"kind":"address_refused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"},"log":[{"number":1,"started":"2026-11-30T04:10:12.227Z","ms":0.94,"error":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}],"ms":0.96}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naascaf5rex6dq2tq06bd7',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"unheard of","branches":[]},"unrouted":true,"input":{"key":"unheard of"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naasdgsjq5d0pva4n6qywj',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naasdgsjq5d0pva4n6qywj',1,CAST('[{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"o-1"},"output":"o-1","ms":20.74},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.1}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naasr4tv5b53k4we6r3tp5',0,CAST('[{"name":"note","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.12}]' AS BLOB));
CREATE TABLE members (
	project_id VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	PRIMARY KEY (project_id, user_id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "members" VALUES('prj_01m8naabrax5eg9wqejp399079','usr_01m8naaceb4xhqd9m8sctq9eqx','admin');
CREATE TABLE projects (
	id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "projects" VALUES('prj_01m8naabrax5eg9wqejp399079','Default','2026-11-30T04:09:58.282Z');
CREATE TABLE replays (
	id VARCHAR NOT NULL,
	destination_id VARCHAR NOT NULL,
	since VARCHAR NOT NULL,
	until VARCHAR NOT NULL,
	only VARCHAR NOT NULL,
	at VARCHAR NOT NULL,
	total INTEGER NOT NULL,
	done INTEGER NOT NULL,
	state VARCHAR NOT NULL,
	creator VARCHAR,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE run_payloads (
	run_id VARCHAR NOT NULL,
	payload BLOB NOT NULL,
	PRIMARY KEY (run_id)
);
INSERT INTO "run_payloads" VALUES('run_01m8naas89wc89mq61w13cg53p',CAST('{"method":"POST","headers":{"host":"127.0.0.1:58887","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=e0178a6491e6dc4a91c7602c81f51bf5ab713da44b7c0ffab85101077bb08172","content-length":"36"},"query":{},"body":{"kind": "paid", "id": "order paid"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8naasb1gsmy54vnw2tww2wx',CAST('{"method":"POST","headers":{"host":"127.0.0.1:58887","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=74fbf3832144052578f24d15a9b90deea9ad81858f65424cd3411fa0920dff83","content-length":"38"},"query":{},"body":{"kind": "later", "id": "order later"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8naasc0bcqcggpatk02qk9t',CAST('{"method":"POST","headers":{"host":"127.0.0.1:58887","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8d39d9b49d14b5596da06970fc98d7fbca8e0a1402d3661f2e919c2ce792295e","content-length":"40"},"query":{},"body":{"kind": "broken", "id": "order broken"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8naascaf5rex6dq2tq06bd7',CAST('{"method":"POST","headers":{"host":"127.0.0.1:58887","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8c6c5cd2fe594abad4229957d53e1f683e729843a9c1a7b348ffccdb19dfd021","content-length":"48"},"query":{},"body":{"kind": "unheard of", "id": "order unheard of"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8naasdgsjq5d0pva4n6qywj',CAST('{"method":"POST","headers":{},"query":{},"body":{"kind":"paid","id":"o-1"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8naasr4tv5b53k4we6r3tp5',CAST('{"method":"TOPIC","headers":{},"query":{},"topic":"orders.new","message_id":"msg_01m8naasqt49d86r1gp75hmdef","published":"2026-11-30T04:10:12.602Z","body":{"order":"o-1"}}' AS BLOB));
CREATE TABLE runs (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	version_id VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	environment VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	status VARCHAR(9) NOT NULL,
	unrouted BOOLEAN NOT NULL,
	repeats BOOLEAN NOT NULL,
	warnings INTEGER NOT NULL,
	path VARCHAR NOT NULL,
	error VARCHAR,
	response VARCHAR,
	lineage VARCHAR NOT NULL,
	parent_run_id VARCHAR,
	retry_of VARCHAR,
	resume_at VARCHAR,
	active_ms INTEGER NOT NULL,
	created VARCHAR NOT NULL,
	started VARCHAR,
	finished VARCHAR,
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('run_01m8naas89wc89mq61w13cg53p','prj_01m8naabrax5eg9wqejp399079','flow_01m8naas3zm7styefkh8m76hy8','ver_01m8naas5py4vedf9gr9szw9dj',1,'production','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,30,'2026-11-30T04:10:12.105Z','2026-11-30T04:10:12.190Z','2026-11-30T04:10:12.220Z');
INSERT INTO "runs" VALUES('run_01m8naasb1gsmy54vnw2tww2wx','prj_01m8naabrax5eg9wqejp399079','flow_01m8naas3zm7styefkh8m76hy8','ver_01m8naas5py4vedf9gr9szw9dj',1,'production','webhook','waiting',0,0,0,'["by_kind:Later","wait"]',NULL,NULL,'[]',NULL,NULL,'2026-12-09T04:10:12.220Z',0,'2026-11-30T04:10:12.193Z','2026-11-30T04:10:12.220Z',NULL);
INSERT INTO "runs" VALUES('run_01m8naasc0bcqcggpatk02qk9t','prj_01m8naabrax5eg9wqejp399079','flow_01m8naas3zm7styefkh8m76hy8','ver_01m8naas5py4vedf9gr9szw9dj',1,'production','webhook','failed',0,0,0,'["by_kind:Broken","call"]','{"step":"call","kind":"address_refused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}',NULL,'[]',NULL,NULL,NULL,1,'2026-11-30T04:10:12.224Z','2026-11-30T04:10:12.227Z','2026-11-30T04:10:12.228Z');
INSERT INTO "runs" VALUES('run_01m8naascaf5rex6dq2tq06bd7','prj_01m8naabrax5eg9wqejp399079','flow_01m8naas3zm7styefkh8m76hy8','ver_01m8naas5py4vedf9gr9szw9dj',1,'production','webhook','succeeded',1,0,0,'["by_kind"]',NULL,NULL,'[]',NULL,NULL,NULL,0,'2026-11-30T04:10:12.234Z','2026-11-30T04:10:12.253Z','2026-11-30T04:10:12.253Z');
INSERT INTO "runs" VALUES('run_01m8naasdgsjq5d0pva4n6qywj','prj_01m8naabrax5eg9wqejp399079','flow_01m8naas3zm7styefkh8m76hy8','ver_fcaf0bdf5784ccbcdafbf5e2f0',0,'test','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,26,'2026-11-30T04:10:12.272Z','2026-11-30T04:10:12.297Z','2026-11-30T04:10:12.321Z');
INSERT INTO "runs" VALUES('run_01m8naasr4tv5b53k4we6r3tp5','prj_01m8naabrax5eg9wqejp399079','flow_01m8naasq30rfcj4yynvjg85ba','ver_01m8naasq93sh4bsd0a1hrw9m9',1,'production','news','succeeded',0,0,0,'["note"]',NULL,NULL,'[]',NULL,NULL,NULL,22,'2026-11-30T04:10:12.612Z','2026-11-30T04:10:12.627Z','2026-11-30T04:10:12.649Z');
CREATE TABLE sessions (
	token_hash VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	expires VARCHAR NOT NULL,
	ip VARCHAR NOT NULL,
	agent VARCHAR NOT NULL,
	PRIMARY KEY (token_hash),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE setup_links (
	token_hash VARCHAR NOT NULL,
	user_id VARCHAR,
	expires VARCHAR NOT NULL,
	PRIMARY KEY (token_hash),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE store_items (
	project_id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	value VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (project_id, flow_id, "key")
);
INSERT INTO "store_items" VALUES('prj_01m8naabrax5eg9wqejp399079','flow_01m8naas3zm7styefkh8m76hy8','last order','"o-1"','2026-11-30T04:10:12.301Z');
CREATE TABLE subscriptions (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	source VARCHAR NOT NULL,
	at INTEGER NOT NULL,
	generation INTEGER NOT NULL,
	PRIMARY KEY (flow_id, "trigger")
);
INSERT INTO "subscriptions" VALUES('flow_01m8naasq30rfcj4yynvjg85ba','news','prj_01m8naabrax5eg9wqejp399079','messages',4,1796011812606);
CREATE TABLE topic_messages (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	topic VARCHAR NOT NULL,
	body BLOB NOT NULL,
	source VARCHAR NOT NULL,
	lineage VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	UNIQUE (id)
);
INSERT INTO "topic_messages" VALUES(1,'msg_7a3fe83d22acb71d0a5b3b296e','prj_01m8naabrax5eg9wqejp399079','published',CAST('{"id":"evt_01m8naas5q27603rpzk7swyp25","created":"2026-11-30T04:10:12.023Z","updated":"2026-11-30T04:10:12.023Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naas3zm7styefkh8m76hy8","externalId":"flow_01m8naas3zm7styefkh8m76hy8","displayName":"Orders","created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:12.023Z"},"flowVersion":{"id":"ver_01m8naas5py4vedf9gr9szw9dj","displayName":"Orders","flowId":"flow_01m8naas3zm7styefkh8m76hy8","number":1,"created":"2026-11-30T04:10:11.967Z","updated":"2026-11-30T04:10:12.023Z"}}}' AS BLOB),'destination:dst_01m8naas2c3zwnyt7433pabs3d','[]','2026-11-30T04:10:12.094Z');
INSERT INTO "topic_messages" VALUES(2,'msg_8c14ad4c44354c3b344c1eff69','prj_01m8naabrax5eg9wqejp399079','published',CAST('{"id":"evt_01m8naaspajtcgt27nhw4zbdc3","created":"2026-11-30T04:10:12.554Z","updated":"2026-11-30T04:10:12.554Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naasns5cy1w801wsejqfzm","externalId":"flow_01m8naasns5cy1w801wsejqfzm","displayName":"Agents","created":"2026-11-30T04:10:12.537Z","updated":"2026-11-30T04:10:12.553Z"},"flowVersion":{"id":"ver_01m8naasp919482wc1zf5pawv5","displayName":"Agents","flowId":"flow_01m8naasns5cy1w801wsejqfzm","number":1,"created":"2026-11-30T04:10:12.537Z","updated":"2026-11-30T04:10:12.553Z"}}}' AS BLOB),'destination:dst_01m8naas2c3zwnyt7433pabs3d','[]','2026-11-30T04:10:12.577Z');
INSERT INTO "topic_messages" VALUES(3,'msg_2910e2e656995cf42be1cf9e4b','prj_01m8naabrax5eg9wqejp399079','published',CAST('{"id":"evt_01m8naasqac2mfgzxftq01fwr7","created":"2026-11-30T04:10:12.586Z","updated":"2026-11-30T04:10:12.586Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naasq30rfcj4yynvjg85ba","externalId":"flow_01m8naasq30rfcj4yynvjg85ba","displayName":"Reader","created":"2026-11-30T04:10:12.579Z","updated":"2026-11-30T04:10:12.586Z"},"flowVersion":{"id":"ver_01m8naasq93sh4bsd0a1hrw9m9","displayName":"Reader","flowId":"flow_01m8naasq30rfcj4yynvjg85ba","number":1,"created":"2026-11-30T04:10:12.579Z","updated":"2026-11-30T04:10:12.586Z"}}}' AS BLOB),'destination:dst_01m8naas2c3zwnyt7433pabs3d','[]','2026-11-30T04:10:12.597Z');
INSERT INTO "topic_messages" VALUES(4,'msg_01m8naasqt49d86r1gp75hmdef','prj_01m8naabrax5eg9wqejp399079','orders.new',CAST('{"order":"o-1"}' AS BLOB),'api:filler','[]','2026-11-30T04:10:12.602Z');
INSERT INTO "topic_messages" VALUES(5,'msg_e7cd4dfaf5d8613800f34df3e4','prj_01m8naabrax5eg9wqejp399079','published',CAST('{"id":"evt_01m8naastr919w1s243ph0g4c2","created":"2026-11-30T04:10:12.696Z","updated":"2026-11-30T04:10:12.696Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8naabrax5eg9wqejp399079","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8naaqn70pq202j3r2xee206","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naast5ypxff0c3gag68hes","externalId":"flow_01m8naast5ypxff0c3gag68hes","displayName":"Switched off","created":"2026-11-30T04:10:12.677Z","updated":"2026-11-30T04:10:12.695Z"},"flowVersion":{"id":"ver_01m8naastq3yfcb9dfhmvbkzd8","displayName":"Switched off","flowId":"flow_01m8naast5ypxff0c3gag68hes","number":1,"created":"2026-11-30T04:10:12.677Z","updated":"2026-11-30T04:10:12.695Z"}}}' AS BLOB),'destination:dst_01m8naas2c3zwnyt7433pabs3d','[]','2026-11-30T04:10:12.705Z');
CREATE TABLE trigger_states (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	fired VARCHAR,
	PRIMARY KEY (flow_id, "trigger")
);
CREATE TABLE users (
	id VARCHAR NOT NULL,
	email VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	password_hash VARCHAR NOT NULL,
	platform_admin BOOLEAN NOT NULL,
	disabled BOOLEAN NOT NULL,
	created VARCHAR NOT NULL,
	last_seen VARCHAR,
	PRIMARY KEY (id),
	UNIQUE (email)
);
INSERT INTO "users" VALUES('usr_01m8naaceb4xhqd9m8sctq9eqx','admin@example.com','admin','$argon2id$v=19$m=65536,t=3,p=4$yMPv9z+BPlVoKHhGBF4o9A$GiKZOhWLYRTm4Pph0Qv7mGMbGum7I4jQtMChAef88tA',1,0,'2026-11-30T04:09:58.987Z',NULL);
CREATE INDEX runs_unrouted ON runs (project_id, id) WHERE unrouted;
CREATE INDEX runs_ended_badly ON runs (project_id, id) WHERE status IN ('failed', 'timed_out', 'canceled');
CREATE INDEX runs_open ON runs (status, flow_id) WHERE status IN ('queued', 'running', 'waiting');
CREATE INDEX runs_by_flow ON runs (flow_id, id);
CREATE INDEX runs_by_project ON runs (project_id, id);
CREATE INDEX runs_of_drafts ON runs (version_id) WHERE version = 0;
CREATE INDEX runs_resume ON runs (resume_at) WHERE status = 'waiting';
CREATE INDEX dedupe_by_age ON dedupe (created);
CREATE INDEX events_by_flow ON events (flow_id, id, project_id, action, user_id) WHERE flow_id IS NOT NULL;
CREATE INDEX events_by_action ON events (action, id, user_id, flow_id);
CREATE INDEX events_by_user ON events (user_id, id, project_id, action, flow_id) WHERE user_id IS NOT NULL;
CREATE INDEX events_by_project ON events (project_id, id, action, user_id, flow_id);
CREATE INDEX events_by_project_action ON events (project_id, action, id, user_id, flow_id);
CREATE INDEX destinations_by_project ON destinations (project_id, id);
CREATE INDEX deliveries_in_order ON deliveries (destination_id, id) WHERE status = 'pending' AND order_key IS NOT NULL;
CREATE INDEX deliveries_by_destination ON deliveries (destination_id, id);
CREATE INDEX deliveries_dead ON deliveries (destination_id, id) WHERE status = 'dead';
CREATE INDEX deliveries_of_event ON deliveries (event_id);
CREATE INDEX deliveries_of_key ON deliveries (destination_id, order_key, id) WHERE status = 'pending' AND order_key IS NOT NULL;
CREATE INDEX deliveries_held ON deliveries (destination_id, id) WHERE status = 'held';
CREATE INDEX deliveries_due ON deliveries (destination_id, next_at, id) WHERE status = 'pending';
CREATE INDEX delivery_attempts_by_time ON delivery_attempts (destination_id, started, kind, duration_ms);
CREATE INDEX ix_replays_destination_id ON replays (destination_id);
CREATE INDEX topic_messages_by_topic ON topic_messages (project_id, topic, number);
CREATE INDEX cuts_of_run ON cuts (project_id, run_id);
CREATE INDEX cuts_of_flow ON cuts (project_id, flow_id, id);
CREATE INDEX cuts_by_age ON cuts (created);
CREATE UNIQUE INDEX catalogues_by_name ON catalogues (project_id, name);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_setup_links_user_id ON setup_links (user_id);
CREATE INDEX ix_members_user_id ON members (user_id);
CREATE INDEX ix_api_keys_project_id ON api_keys (project_id);
CREATE UNIQUE INDEX connections_by_name ON connections (project_id, name);
CREATE UNIQUE INDEX folders_by_name ON folders (project_id, name);
CREATE INDEX flows_by_folder ON flows (folder_id);
CREATE INDEX flows_deleted ON flows (deleted) WHERE deleted IS NOT NULL;
CREATE INDEX flows_by_project ON flows (project_id, id);
CREATE UNIQUE INDEX draft_edits_by_number ON draft_edits (flow_id, number);
CREATE UNIQUE INDEX flow_drafts_by_digest ON flow_versions (flow_id, digest) WHERE number = 0;
CREATE UNIQUE INDEX flow_versions_by_number ON flow_versions (flow_id, number) WHERE number > 0;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('topic_messages',5);
COMMIT;
PRAGMA user_version=5;
