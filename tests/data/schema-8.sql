-- A store of schema 8 (f7235ec).
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
INSERT INTO "api_keys" VALUES('key_01m8nacywsnsewk4vagdbwcc0c','prj_01m8nacqdk7m8my1as8a758qke','filler','admin','b69719dea88f185ad8bf738bf2098cc1c9f7ac74582f6c32c277c862e6ecfaad','pwY7','2026-11-30T04:11:23.417Z',NULL,'2026-11-30T04:11:24.332Z');
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
INSERT INTO "catalogues" VALUES('cat_01m8naczxd7j5bmgege14kssxb','prj_01m8nacqdk7m8my1as8a758qke','shop','{"title":"Shop","vendor":"Shop","discriminator":"type","verify":{"scheme":"none"},"verify_note":"","events":[{"name":"order.created","group":"Order","description":"","sample":{"type":"order.created"},"variants":[]},{"name":"order.paid","group":"Order","description":"","sample":{"type":"order.paid"},"variants":[]}]}','samples','2026-11-30T04:11:24.459Z','2026-11-30T04:11:24.459Z');
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
INSERT INTO "connections" VALUES('con_01m8naczwkf1d2vsm7t1nsn5mt','prj_01m8nacqdk7m8my1as8a758qke','orders-signing','webhook',X'01EB6EBEAA153463F399D06515AFE5ECE00C7FF47087736E6F2D3E2015829A8515E3E85BE50D01C54EE2FC28C493A13AE49F18AC6AFAB74E2EB7BD90C2A708FC33','unchecked',NULL,'2026-11-30T04:11:24.435Z','2026-11-30T04:11:24.435Z',NULL);
CREATE TABLE cursors (
	name VARCHAR NOT NULL,
	at INTEGER NOT NULL,
	event_id VARCHAR NOT NULL,
	PRIMARY KEY (name)
);
INSERT INTO "cursors" VALUES('destinations',30,'evt_01m8nad0hv5gcw7000cpg34r16');
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
INSERT INTO "dedupe" VALUES('flow_01m8nad00sgnk4qbpxdded4cez','own:order paid','run_01m8nad01k62n15327p65zrzja','2026-11-30T04:11:24.595Z');
INSERT INTO "dedupe" VALUES('flow_01m8nad00sgnk4qbpxdded4cez','own:order later','run_01m8nad01s8198tkzvbzs724fc','2026-11-30T04:11:24.601Z');
INSERT INTO "dedupe" VALUES('flow_01m8nad00sgnk4qbpxdded4cez','own:order broken','run_01m8nad02qnkmy6mrvrg6easxz','2026-11-30T04:11:24.631Z');
INSERT INTO "dedupe" VALUES('flow_01m8nad00sgnk4qbpxdded4cez','own:order unheard of','run_01m8nad02xrwy25wv1ajrg6xx4','2026-11-30T04:11:24.637Z');
INSERT INTO "dedupe" VALUES('flow_01m8nad09qnjq6q65yddfad7n6','feed:news:1796011884868:msg_01m8nad0a2ew3em8rbn4ee6266','run_01m8nad0adh7nraj1y2x0pwstn','2026-11-30T04:11:24.877Z');
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
INSERT INTO "deliveries" VALUES('dlv_01m8nad017000001z3a5vy81dn','dst_01m8naczy1newba2xkkgxgd9s2','prj_01m8nacqdk7m8my1as8a758qke','evt_01m8nad0176dcgr1n3e3x973bk','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:24.583Z','2026-11-30T04:11:24.632Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nad017000002z3a5vy81dn','dst_01m8naczzxa1a04qyg4ztead69','prj_01m8nacqdk7m8my1as8a758qke','evt_01m8nad0176dcgr1n3e3x973bk','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:24.583Z','2026-11-30T04:11:24.618Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nad097000001knpza6pd1x','dst_01m8naczy1newba2xkkgxgd9s2','prj_01m8nacqdk7m8my1as8a758qke','evt_01m8nad097kcyw4qe443fnyd9z','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:24.839Z','2026-11-30T04:11:24.878Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nad097000002knpza6pd1x','dst_01m8naczzxa1a04qyg4ztead69','prj_01m8nacqdk7m8my1as8a758qke','evt_01m8nad097kcyw4qe443fnyd9z','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:24.839Z','2026-11-30T04:11:24.863Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nad09y000001nwk11bvb7p','dst_01m8naczy1newba2xkkgxgd9s2','prj_01m8nacqdk7m8my1as8a758qke','evt_01m8nad09yv051z2awjs1b4d7q','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:24.862Z','2026-11-30T04:11:24.920Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nad09y000002nwk11bvb7p','dst_01m8naczzxa1a04qyg4ztead69','prj_01m8nacqdk7m8my1as8a758qke','evt_01m8nad09yv051z2awjs1b4d7q','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:24.862Z','2026-11-30T04:11:24.871Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nad0ff000001dwrc140k31','dst_01m8naczy1newba2xkkgxgd9s2','prj_01m8nacqdk7m8my1as8a758qke','evt_01m8nad0ffa8vsgrhr76rjp7q9','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:25.039Z','2026-11-30T04:11:25.056Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nad0ff000002dwrc140k31','dst_01m8naczzxa1a04qyg4ztead69','prj_01m8nacqdk7m8my1as8a758qke','evt_01m8nad0ffa8vsgrhr76rjp7q9','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:25.039Z','2026-11-30T04:11:25.052Z');
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
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nad017000002z3a5vy81dn',1,'dst_01m8naczzxa1a04qyg4ztead69','2026-11-30T04:11:24.592Z','ok',NULL,NULL,22.21,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":22.21}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nad017000001z3a5vy81dn',1,'dst_01m8naczy1newba2xkkgxgd9s2','2026-11-30T04:11:24.592Z','ok',NULL,NULL,33.48,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":33.48}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8nad0176dcgr1n3e3x973bk\",\"created\":\"2026-11-30T04:11:24.583Z\",\"updated\":\"2026-11-30T04:11:24.583Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nacqdk7m8my1as8a758qke\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nacywsnsewk4vagdbwcc0c\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8nad00sgnk4qbpxdded4cez\",\"externalId\":\"flow_01m8nad00sgnk4qbpxdded4cez\",\"displayName\":\"Orders\",\"created\":\"2026-11-30T04:11:24.569Z\",\"updated\":\"2026-11-30T04:11:24.582Z\"},\"flowVersion\":{\"id\":\"ver_01m8nad0156nkxc8rbx6gyz03y\",\"displayName\":\"Orders\",\"flowId\":\"flow_01m8nad00sgnk4qbpxdded4cez\",\"number\":1,\"created\":\"2026-11-30T04:11:24.569Z\",\"updated\":\"2026-11-30T04:11:24.582Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nad097000002knpza6pd1x',1,'dst_01m8naczzxa1a04qyg4ztead69','2026-11-30T04:11:24.857Z','ok',NULL,NULL,6.43,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":6.43}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nad09y000002nwk11bvb7p',1,'dst_01m8naczzxa1a04qyg4ztead69','2026-11-30T04:11:24.869Z','ok',NULL,NULL,2.13,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":2.13}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nad097000001knpza6pd1x',1,'dst_01m8naczy1newba2xkkgxgd9s2','2026-11-30T04:11:24.857Z','ok',NULL,NULL,20.9,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":20.9}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8nad097kcyw4qe443fnyd9z\",\"created\":\"2026-11-30T04:11:24.839Z\",\"updated\":\"2026-11-30T04:11:24.839Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nacqdk7m8my1as8a758qke\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nacywsnsewk4vagdbwcc0c\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8nad091f3sdbcabgbya6f68\",\"externalId\":\"flow_01m8nad091f3sdbcabgbya6f68\",\"displayName\":\"Agents\",\"created\":\"2026-11-30T04:11:24.833Z\",\"updated\":\"2026-11-30T04:11:24.838Z\"},\"flowVersion\":{\"id\":\"ver_01m8nad096bhhn6kw0rs37t5a4\",\"displayName\":\"Agents\",\"flowId\":\"flow_01m8nad091f3sdbcabgbya6f68\",\"number\":1,\"created\":\"2026-11-30T04:11:24.833Z\",\"updated\":\"2026-11-30T04:11:24.838Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nad09y000001nwk11bvb7p',1,'dst_01m8naczy1newba2xkkgxgd9s2','2026-11-30T04:11:24.869Z','ok',NULL,NULL,51.34,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":51.34}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8nad09yv051z2awjs1b4d7q\",\"created\":\"2026-11-30T04:11:24.862Z\",\"updated\":\"2026-11-30T04:11:24.862Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nacqdk7m8my1as8a758qke\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nacywsnsewk4vagdbwcc0c\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8nad09qnjq6q65yddfad7n6\",\"externalId\":\"flow_01m8nad09qnjq6q65yddfad7n6\",\"displayName\":\"Reader\",\"created\":\"2026-11-30T04:11:24.855Z\",\"updated\":\"2026-11-30T04:11:24.862Z\"},\"flowVersion\":{\"id\":\"ver_01m8nad09xpv5vxtfadxkn3pv0\",\"displayName\":\"Reader\",\"flowId\":\"flow_01m8nad09qnjq6q65yddfad7n6\",\"number\":1,\"created\":\"2026-11-30T04:11:24.855Z\",\"updated\":\"2026-11-30T04:11:24.862Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nad0ff000002dwrc140k31',1,'dst_01m8naczzxa1a04qyg4ztead69','2026-11-30T04:11:25.048Z','ok',NULL,NULL,3.71,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":3.71}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nad0ff000001dwrc140k31',1,'dst_01m8naczy1newba2xkkgxgd9s2','2026-11-30T04:11:25.048Z','ok',NULL,NULL,7.56,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":7.56}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8nad0ffa8vsgrhr76rjp7q9\",\"created\":\"2026-11-30T04:11:25.039Z\",\"updated\":\"2026-11-30T04:11:25.039Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nacqdk7m8my1as8a758qke\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nacywsnsewk4vagdbwcc0c\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8nad0f19jrdrh52db0bw631\",\"externalId\":\"flow_01m8nad0f19jrdrh52db0bw631\",\"displayName\":\"Switched off\",\"created\":\"2026-11-30T04:11:25.025Z\",\"updated\":\"2026-11-30T04:11:25.039Z\"},\"flowVersion\":{\"id\":\"ver_01m8nad0fekr6r4amxctp3kjat\",\"displayName\":\"Switched off\",\"flowId\":\"flow_01m8nad0f19jrdrh52db0bw631\",\"number\":1,\"created\":\"2026-11-30T04:11:25.025Z\",\"updated\":\"2026-11-30T04:11:25.039Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
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
INSERT INTO "destinations" VALUES('dst_01m8naczy1newba2xkkgxgd9s2','prj_01m8nacqdk7m8my1as8a758qke','File','file','events','["flow.published"]','raw',X'01EB6EBEAAE25780E64D6AC3783BD5D2F73CD0B88789C1E6158EFB3B64A94CD9BC805AC5E596B6DDA210B79071D9A89A7F9FE08AB3BF71CA19459D0350B085D6',X'01EB6EBEAACC4434D4EA1216EBB2137A32C4121F9DBE71FEFEDDF28BA0C86849759475F9DB4994DED0A9BB69DF4E225B778E3A865B97DABA72E521DF129F83203464C7A4E99F54F5C16F2EDF79E6C5F1C95F0CDB1BBE5F3B1D5988ADB3967AFF684FB1AF06FCD89CA5735984672100FD8AD0205909AC094045BBF098D0F574622CE572FC22740A1C1BB0568A47F09D9ADC7CC26081CA7F13BD9969061631E4034D8D248DB04A6C6FD2A65D2AAFB02DBB820C74B438FEC59FAC4A393F53F418C99A839B2F692D79604DDCBD281D8843E847C34E8279F40C50E3','none','active','','{"rate_per_s":null,"concurrency":4,"order_key":"","timeout_s":15.0,"batch_size":100,"disable_after_h":120.0}',NULL,'2026-11-30T04:11:24.632Z',NULL,NULL,'2026-11-30T04:11:24.480Z','2026-11-30T04:11:24.480Z');
INSERT INTO "destinations" VALUES('dst_01m8naczzxa1a04qyg4ztead69','prj_01m8nacqdk7m8my1as8a758qke','Topic','topic','published','["flow.published"]','raw',X'01EB6EBEAA73410D8C84ADA47FEC570DA95D7B69D30BC7B13412483EE46795E56EC9818812C45C8D71D9AC3FFAC1B1BF4B1CBC5B76113374F833C2F47195447F',X'01EB6EBEAAE144BE299E2D17EE4953B8F15DB85B1314E9033A32181B835054E75ED21EE90E85E4B663CD3A75113542D9AB925BE3712EEB0BD90AA46DA37E5F04A71E0B9C7DE69EE98F285BCCAAD6ADCFF3597FAE99DAE5385007D71A7225DB2028A909DEBD996FD9FF6E3B0259093F8BFB21FD02DAD4D7411754D9A09B5AAECBBF4BB1248D6436F7FB9373F4094A99E59CC8C3BA31E7F224E099913451CB311322CF6CBC1235D435F74D5086A3D2EB21BD423EE524F8B1AC9B873915DA61313B4FDDCCCF1F181650EE5DF1C4F4B281E688651E8AE6D1732F8E','none','active','','{"rate_per_s":null,"concurrency":4,"order_key":"","timeout_s":15.0,"batch_size":100,"disable_after_h":120.0}',NULL,'2026-11-30T04:11:24.618Z',NULL,NULL,'2026-11-30T04:11:24.541Z','2026-11-30T04:11:24.541Z');
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
INSERT INTO "draft_edits" VALUES('edt_01m8nad05py2h6e730e4bk760t','flow_01m8nad00sgnk4qbpxdded4cez','prj_01m8nacqdk7m8my1as8a758qke',1,'set_name','Renamed the flow to “Orders of the shop”','{"name":"Orders of the shop"}',34,'',' of the shop',2,'key_01m8nacywsnsewk4vagdbwcc0c','2026-11-30T04:11:24.726Z');
INSERT INTO "draft_edits" VALUES('edt_01m8nad06afgrrf1654sbqx6j3','flow_01m8nad00sgnk4qbpxdded4cez','prj_01m8nacqdk7m8my1as8a758qke',2,'set_name','Renamed the flow to “Orders of two shops”','{"name":"Orders of two shops"}',39,'he shop','wo shops',4,'key_01m8nacywsnsewk4vagdbwcc0c','2026-11-30T04:11:24.746Z');
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
INSERT INTO "events" VALUES('evt_01m8nacqdp0kdmkvcpbhx32tnb','project.created','prj_01m8nacqdk7m8my1as8a758qke',NULL,NULL,CAST('{"id":"evt_01m8nacqdp0kdmkvcpbhx32tnb","created":"2026-11-30T04:11:15.766Z","updated":"2026-11-30T04:11:15.766Z","action":"project.created","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","data":{"project":{"id":"prj_01m8nacqdk7m8my1as8a758qke","displayName":"Default"}}}' AS BLOB),'[]','2026-11-30T04:11:15.766Z');
INSERT INTO "events" VALUES('evt_01m8nacr7mtzjfmw6k53fe0edf','user.signed.up',NULL,'usr_01m8nacr7d22hvdvwntjh0ff0w',NULL,CAST('{"id":"evt_01m8nacr7mtzjfmw6k53fe0edf","created":"2026-11-30T04:11:16.596Z","updated":"2026-11-30T04:11:16.596Z","action":"user.signed.up","platformId":"switchyard","userId":"usr_01m8nacr7d22hvdvwntjh0ff0w","userEmail":"admin@example.com","data":{"user":{"id":"usr_01m8nacr7d22hvdvwntjh0ff0w","email":"admin@example.com","displayName":"admin","firstName":"admin","lastName":""},"source":"credentials"}}' AS BLOB),'[]','2026-11-30T04:11:16.596Z');
INSERT INTO "events" VALUES('evt_01m8nacywwsdbpwv90d73jz2m9','api_key.created','prj_01m8nacqdk7m8my1as8a758qke',NULL,NULL,CAST('{"id":"evt_01m8nacywwsdbpwv90d73jz2m9","created":"2026-11-30T04:11:23.420Z","updated":"2026-11-30T04:11:23.420Z","action":"api_key.created","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","data":{"apiKey":{"id":"key_01m8nacywsnsewk4vagdbwcc0c","displayName":"filler","role":"admin","last4":"pwY7"}}}' AS BLOB),'[]','2026-11-30T04:11:23.420Z');
INSERT INTO "events" VALUES('evt_01m8naczwygbjerq3h9w6rrt0j','connection.upserted','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c',NULL,CAST('{"id":"evt_01m8naczwygbjerq3h9w6rrt0j","created":"2026-11-30T04:11:24.446Z","updated":"2026-11-30T04:11:24.446Z","action":"connection.upserted","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"connection":{"id":"con_01m8naczwkf1d2vsm7t1nsn5mt","displayName":"orders-signing","externalId":"orders-signing","pieceName":"webhook","status":"UNCHECKED","type":"CUSTOM_AUTH","created":"2026-11-30T04:11:24.435Z","updated":"2026-11-30T04:11:24.435Z"}}}' AS BLOB),'[]','2026-11-30T04:11:24.446Z');
INSERT INTO "events" VALUES('evt_01m8naczxetynqrx091421wtcv','catalogue.created','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c',NULL,CAST('{"id":"evt_01m8naczxetynqrx091421wtcv","created":"2026-11-30T04:11:24.462Z","updated":"2026-11-30T04:11:24.462Z","action":"catalogue.created","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"catalogue":{"id":"cat_01m8naczxd7j5bmgege14kssxb","displayName":"shop","source":"samples","events":2}}}' AS BLOB),'[]','2026-11-30T04:11:24.462Z');
INSERT INTO "events" VALUES('evt_01m8naczy7x0yrp2y6kvhb4qxg','event_destination.created','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c',NULL,CAST('{"id":"evt_01m8naczy7x0yrp2y6kvhb4qxg","created":"2026-11-30T04:11:24.487Z","updated":"2026-11-30T04:11:24.487Z","action":"event_destination.created","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"destination":{"id":"dst_01m8naczy1newba2xkkgxgd9s2","displayName":"File","kind":"file","status":"active","reason":"","events":["flow.published"],"target":"events"}}}' AS BLOB),'[]','2026-11-30T04:11:24.487Z');
INSERT INTO "events" VALUES('evt_01m8naczzymrhgpmbfqfjck4fk','event_destination.created','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c',NULL,CAST('{"id":"evt_01m8naczzymrhgpmbfqfjck4fk","created":"2026-11-30T04:11:24.542Z","updated":"2026-11-30T04:11:24.542Z","action":"event_destination.created","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"destination":{"id":"dst_01m8naczzxa1a04qyg4ztead69","displayName":"Topic","kind":"topic","status":"active","reason":"","events":["flow.published"],"target":"published"}}}' AS BLOB),'[]','2026-11-30T04:11:24.542Z');
INSERT INTO "events" VALUES('evt_01m8nad00vjy8s4t5psam8kzxq','flow.created','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad00sgnk4qbpxdded4cez',CAST('{"id":"evt_01m8nad00vjy8s4t5psam8kzxq","created":"2026-11-30T04:11:24.571Z","updated":"2026-11-30T04:11:24.571Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad00sgnk4qbpxdded4cez","externalId":"flow_01m8nad00sgnk4qbpxdded4cez","displayName":"Orders","created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.570Z"}}}' AS BLOB),'[]','2026-11-30T04:11:24.571Z');
INSERT INTO "events" VALUES('evt_01m8nad0176dcgr1n3e3x973bk','flow.published','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad00sgnk4qbpxdded4cez',CAST('{"id":"evt_01m8nad0176dcgr1n3e3x973bk","created":"2026-11-30T04:11:24.583Z","updated":"2026-11-30T04:11:24.583Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad00sgnk4qbpxdded4cez","externalId":"flow_01m8nad00sgnk4qbpxdded4cez","displayName":"Orders","created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.582Z"},"flowVersion":{"id":"ver_01m8nad0156nkxc8rbx6gyz03y","displayName":"Orders","flowId":"flow_01m8nad00sgnk4qbpxdded4cez","number":1,"created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.582Z"}}}' AS BLOB),'[]','2026-11-30T04:11:24.583Z');
INSERT INTO "events" VALUES('evt_01m8nad0196z44fkf7g3y0ypk0','flow.activated','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad00sgnk4qbpxdded4cez',CAST('{"id":"evt_01m8nad0196z44fkf7g3y0ypk0","created":"2026-11-30T04:11:24.585Z","updated":"2026-11-30T04:11:24.585Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad00sgnk4qbpxdded4cez","externalId":"flow_01m8nad00sgnk4qbpxdded4cez","displayName":"Orders","created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.584Z"},"flowVersion":{"id":"ver_01m8nad0156nkxc8rbx6gyz03y","displayName":"Orders","flowId":"flow_01m8nad00sgnk4qbpxdded4cez","number":1,"created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.584Z"}}}' AS BLOB),'[]','2026-11-30T04:11:24.585Z');
INSERT INTO "events" VALUES('evt_01m8nad02w5ekjjkbkravd1x13','flow.run.failed','prj_01m8nacqdk7m8my1as8a758qke',NULL,'flow_01m8nad00sgnk4qbpxdded4cez',CAST('{"id":"evt_01m8nad02w5ekjjkbkravd1x13","created":"2026-11-30T04:11:24.635Z","updated":"2026-11-30T04:11:24.635Z","action":"flow.run.failed","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","data":{"flowRun":{"id":"run_01m8nad02qnkmy6mrvrg6easxz","startTime":"2026-11-30T04:11:24.634Z","finishTime":"2026-11-30T04:11:24.635Z","duration":0,"environment":"PRODUCTION","flowId":"flow_01m8nad00sgnk4qbpxdded4cez","flowVersionId":"ver_01m8nad0156nkxc8rbx6gyz03y","flowDisplayName":"Orders","status":"FAILED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":false,"warnings":0,"error":{"step":"call","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}}}}' AS BLOB),'["flow_01m8nad00sgnk4qbpxdded4cez"]','2026-11-30T04:11:24.635Z');
INSERT INTO "events" VALUES('evt_01m8nad036q4qr0h4637e3bwj5','flow.run.unrouted','prj_01m8nacqdk7m8my1as8a758qke',NULL,'flow_01m8nad00sgnk4qbpxdded4cez',CAST('{"id":"evt_01m8nad036q4qr0h4637e3bwj5","created":"2026-11-30T04:11:24.644Z","updated":"2026-11-30T04:11:24.644Z","action":"flow.run.unrouted","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","data":{"flowRun":{"id":"run_01m8nad02xrwy25wv1ajrg6xx4","startTime":"2026-11-30T04:11:24.644Z","finishTime":"2026-11-30T04:11:24.644Z","duration":0,"environment":"PRODUCTION","flowId":"flow_01m8nad00sgnk4qbpxdded4cez","flowVersionId":"ver_01m8nad0156nkxc8rbx6gyz03y","flowDisplayName":"Orders","status":"SUCCEEDED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":true,"warnings":0,"error":null}}}' AS BLOB),'["flow_01m8nad00sgnk4qbpxdded4cez"]','2026-11-30T04:11:24.644Z');
INSERT INTO "events" VALUES('evt_01m8nad05rtrrf1a3v57hm6q60','flow.updated','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad00sgnk4qbpxdded4cez',CAST('{"id":"evt_01m8nad05rtrrf1a3v57hm6q60","created":"2026-11-30T04:11:24.728Z","updated":"2026-11-30T04:11:24.728Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad00sgnk4qbpxdded4cez","externalId":"flow_01m8nad00sgnk4qbpxdded4cez","displayName":"Orders of the shop","created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.725Z"},"request":{"type":"SET_NAME","request":{"revision":2,"sentence":"Renamed the flow to “Orders of the shop”","args":{"name":"Orders of the shop"}}}}}' AS BLOB),'[]','2026-11-30T04:11:24.728Z');
INSERT INTO "events" VALUES('evt_01m8nad06b3991ydy1y6tmqtf4','flow.updated','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad00sgnk4qbpxdded4cez',CAST('{"id":"evt_01m8nad06b3991ydy1y6tmqtf4","created":"2026-11-30T04:11:24.747Z","updated":"2026-11-30T04:11:24.747Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad00sgnk4qbpxdded4cez","externalId":"flow_01m8nad00sgnk4qbpxdded4cez","displayName":"Orders of two shops","created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.745Z"},"request":{"type":"SET_NAME","request":{"revision":3,"sentence":"Renamed the flow to “Orders of two shops”","args":{"name":"Orders of two shops"}}}}}' AS BLOB),'[]','2026-11-30T04:11:24.747Z');
INSERT INTO "events" VALUES('evt_01m8nad08b6g0h352r6dwaa0qs','flow.updated','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad00sgnk4qbpxdded4cez',CAST('{"id":"evt_01m8nad08b6g0h352r6dwaa0qs","created":"2026-11-30T04:11:24.811Z","updated":"2026-11-30T04:11:24.811Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad00sgnk4qbpxdded4cez","externalId":"flow_01m8nad00sgnk4qbpxdded4cez","displayName":"Orders of the shop","created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.810Z"},"request":{"type":"UNDO","request":{"revision":4,"sentence":"Undid: Renamed the flow to “Orders of two shops”"}}}}' AS BLOB),'[]','2026-11-30T04:11:24.811Z');
INSERT INTO "events" VALUES('evt_01m8nad08nsxq00ggqgwx2sstm','folder.created','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c',NULL,CAST('{"id":"evt_01m8nad08nsxq00ggqgwx2sstm","created":"2026-11-30T04:11:24.821Z","updated":"2026-11-30T04:11:24.821Z","action":"folder.created","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"folder":{"id":"fld_01m8nad08md6ja50tayx9adgb4","displayName":"Shop","created":"2026-11-30T04:11:24.820Z","updated":"2026-11-30T04:11:24.820Z"}}}' AS BLOB),'[]','2026-11-30T04:11:24.821Z');
INSERT INTO "events" VALUES('evt_01m8nad08t30j36p7ynvx58cvn','flow.updated','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad00sgnk4qbpxdded4cez',CAST('{"id":"evt_01m8nad08t30j36p7ynvx58cvn","created":"2026-11-30T04:11:24.826Z","updated":"2026-11-30T04:11:24.826Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad00sgnk4qbpxdded4cez","externalId":"flow_01m8nad00sgnk4qbpxdded4cez","displayName":"Orders of the shop","created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.810Z"},"request":{"type":"MOVE_TO_FOLDER","request":{"revision":4,"sentence":"Moved it to the folder “Shop”","args":{"folder":"fld_01m8nad08md6ja50tayx9adgb4"}}}}}' AS BLOB),'[]','2026-11-30T04:11:24.826Z');
INSERT INTO "events" VALUES('evt_01m8nad08tx1emgy7aqb1rqmd1','flow.updated','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad00sgnk4qbpxdded4cez',CAST('{"id":"evt_01m8nad08tx1emgy7aqb1rqmd1","created":"2026-11-30T04:11:24.826Z","updated":"2026-11-30T04:11:24.826Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad00sgnk4qbpxdded4cez","externalId":"flow_01m8nad00sgnk4qbpxdded4cez","displayName":"Orders of the shop","created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.810Z"},"request":{"type":"SET_TAGS","request":{"revision":4,"sentence":"Set its tags to shop","args":{"tags":["shop"]}}}}}' AS BLOB),'[]','2026-11-30T04:11:24.826Z');
INSERT INTO "events" VALUES('evt_01m8nad092sb943frby0k3v4xh','flow.created','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad091f3sdbcabgbya6f68',CAST('{"id":"evt_01m8nad092sb943frby0k3v4xh","created":"2026-11-30T04:11:24.834Z","updated":"2026-11-30T04:11:24.834Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad091f3sdbcabgbya6f68","externalId":"flow_01m8nad091f3sdbcabgbya6f68","displayName":"Agents","created":"2026-11-30T04:11:24.833Z","updated":"2026-11-30T04:11:24.834Z"}}}' AS BLOB),'[]','2026-11-30T04:11:24.834Z');
INSERT INTO "events" VALUES('evt_01m8nad097kcyw4qe443fnyd9z','flow.published','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad091f3sdbcabgbya6f68',CAST('{"id":"evt_01m8nad097kcyw4qe443fnyd9z","created":"2026-11-30T04:11:24.839Z","updated":"2026-11-30T04:11:24.839Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad091f3sdbcabgbya6f68","externalId":"flow_01m8nad091f3sdbcabgbya6f68","displayName":"Agents","created":"2026-11-30T04:11:24.833Z","updated":"2026-11-30T04:11:24.838Z"},"flowVersion":{"id":"ver_01m8nad096bhhn6kw0rs37t5a4","displayName":"Agents","flowId":"flow_01m8nad091f3sdbcabgbya6f68","number":1,"created":"2026-11-30T04:11:24.833Z","updated":"2026-11-30T04:11:24.838Z"}}}' AS BLOB),'[]','2026-11-30T04:11:24.839Z');
INSERT INTO "events" VALUES('evt_01m8nad097hvd5wcqsa1bx33d1','flow.activated','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad091f3sdbcabgbya6f68',CAST('{"id":"evt_01m8nad097hvd5wcqsa1bx33d1","created":"2026-11-30T04:11:24.839Z","updated":"2026-11-30T04:11:24.839Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad091f3sdbcabgbya6f68","externalId":"flow_01m8nad091f3sdbcabgbya6f68","displayName":"Agents","created":"2026-11-30T04:11:24.833Z","updated":"2026-11-30T04:11:24.839Z"},"flowVersion":{"id":"ver_01m8nad096bhhn6kw0rs37t5a4","displayName":"Agents","flowId":"flow_01m8nad091f3sdbcabgbya6f68","number":1,"created":"2026-11-30T04:11:24.833Z","updated":"2026-11-30T04:11:24.839Z"}}}' AS BLOB),'[]','2026-11-30T04:11:24.839Z');
INSERT INTO "events" VALUES('evt_01m8nad09r2arkjjp04ez5px7y','flow.created','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad09qnjq6q65yddfad7n6',CAST('{"id":"evt_01m8nad09r2arkjjp04ez5px7y","created":"2026-11-30T04:11:24.856Z","updated":"2026-11-30T04:11:24.856Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad09qnjq6q65yddfad7n6","externalId":"flow_01m8nad09qnjq6q65yddfad7n6","displayName":"Reader","created":"2026-11-30T04:11:24.855Z","updated":"2026-11-30T04:11:24.856Z"}}}' AS BLOB),'[]','2026-11-30T04:11:24.856Z');
INSERT INTO "events" VALUES('evt_01m8nad09yv051z2awjs1b4d7q','flow.published','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad09qnjq6q65yddfad7n6',CAST('{"id":"evt_01m8nad09yv051z2awjs1b4d7q","created":"2026-11-30T04:11:24.862Z","updated":"2026-11-30T04:11:24.862Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad09qnjq6q65yddfad7n6","externalId":"flow_01m8nad09qnjq6q65yddfad7n6","displayName":"Reader","created":"2026-11-30T04:11:24.855Z","updated":"2026-11-30T04:11:24.862Z"},"flowVersion":{"id":"ver_01m8nad09xpv5vxtfadxkn3pv0","displayName":"Reader","flowId":"flow_01m8nad09qnjq6q65yddfad7n6","number":1,"created":"2026-11-30T04:11:24.855Z","updated":"2026-11-30T04:11:24.862Z"}}}' AS BLOB),'[]','2026-11-30T04:11:24.862Z');
INSERT INTO "events" VALUES('evt_01m8nad09zrc37y853zz1sftca','flow.activated','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad09qnjq6q65yddfad7n6',CAST('{"id":"evt_01m8nad09zrc37y853zz1sftca","created":"2026-11-30T04:11:24.863Z","updated":"2026-11-30T04:11:24.863Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad09qnjq6q65yddfad7n6","externalId":"flow_01m8nad09qnjq6q65yddfad7n6","displayName":"Reader","created":"2026-11-30T04:11:24.855Z","updated":"2026-11-30T04:11:24.862Z"},"flowVersion":{"id":"ver_01m8nad09xpv5vxtfadxkn3pv0","displayName":"Reader","flowId":"flow_01m8nad09qnjq6q65yddfad7n6","number":1,"created":"2026-11-30T04:11:24.855Z","updated":"2026-11-30T04:11:24.862Z"}}}' AS BLOB),'[]','2026-11-30T04:11:24.863Z');
INSERT INTO "events" VALUES('evt_01m8nad0f29vackz2nbjjs8wrr','flow.created','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad0f19jrdrh52db0bw631',CAST('{"id":"evt_01m8nad0f29vackz2nbjjs8wrr","created":"2026-11-30T04:11:25.026Z","updated":"2026-11-30T04:11:25.026Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad0f19jrdrh52db0bw631","externalId":"flow_01m8nad0f19jrdrh52db0bw631","displayName":"Switched off","created":"2026-11-30T04:11:25.025Z","updated":"2026-11-30T04:11:25.026Z"}}}' AS BLOB),'[]','2026-11-30T04:11:25.026Z');
INSERT INTO "events" VALUES('evt_01m8nad0ffa8vsgrhr76rjp7q9','flow.published','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad0f19jrdrh52db0bw631',CAST('{"id":"evt_01m8nad0ffa8vsgrhr76rjp7q9","created":"2026-11-30T04:11:25.039Z","updated":"2026-11-30T04:11:25.039Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad0f19jrdrh52db0bw631","externalId":"flow_01m8nad0f19jrdrh52db0bw631","displayName":"Switched off","created":"2026-11-30T04:11:25.025Z","updated":"2026-11-30T04:11:25.039Z"},"flowVersion":{"id":"ver_01m8nad0fekr6r4amxctp3kjat","displayName":"Switched off","flowId":"flow_01m8nad0f19jrdrh52db0bw631","number":1,"created":"2026-11-30T04:11:25.025Z","updated":"2026-11-30T04:11:25.039Z"}}}' AS BLOB),'[]','2026-11-30T04:11:25.039Z');
INSERT INTO "events" VALUES('evt_01m8nad0fgbxkhrywtkv19j06w','flow.activated','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad0f19jrdrh52db0bw631',CAST('{"id":"evt_01m8nad0fgbxkhrywtkv19j06w","created":"2026-11-30T04:11:25.040Z","updated":"2026-11-30T04:11:25.040Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad0f19jrdrh52db0bw631","externalId":"flow_01m8nad0f19jrdrh52db0bw631","displayName":"Switched off","created":"2026-11-30T04:11:25.025Z","updated":"2026-11-30T04:11:25.039Z"},"flowVersion":{"id":"ver_01m8nad0fekr6r4amxctp3kjat","displayName":"Switched off","flowId":"flow_01m8nad0f19jrdrh52db0bw631","number":1,"created":"2026-11-30T04:11:25.025Z","updated":"2026-11-30T04:11:25.039Z"}}}' AS BLOB),'[]','2026-11-30T04:11:25.040Z');
INSERT INTO "events" VALUES('evt_01m8nad0ftzz5w6hzqxqhxcfk6','flow.deactivated','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad0f19jrdrh52db0bw631',CAST('{"id":"evt_01m8nad0ftzz5w6hzqxqhxcfk6","created":"2026-11-30T04:11:25.050Z","updated":"2026-11-30T04:11:25.050Z","action":"flow.deactivated","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad0f19jrdrh52db0bw631","externalId":"flow_01m8nad0f19jrdrh52db0bw631","displayName":"Switched off","created":"2026-11-30T04:11:25.025Z","updated":"2026-11-30T04:11:25.049Z"},"flowVersion":{"id":"ver_01m8nad0fekr6r4amxctp3kjat","displayName":"Switched off","flowId":"flow_01m8nad0f19jrdrh52db0bw631","number":1,"created":"2026-11-30T04:11:25.025Z","updated":"2026-11-30T04:11:25.049Z"}}}' AS BLOB),'[]','2026-11-30T04:11:25.050Z');
INSERT INTO "events" VALUES('evt_01m8nad0gbhzbasrqyk0s3hrjz','flow.created','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad0gabncgp54dbwc9m8b8',CAST('{"id":"evt_01m8nad0gbhzbasrqyk0s3hrjz","created":"2026-11-30T04:11:25.067Z","updated":"2026-11-30T04:11:25.067Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad0gabncgp54dbwc9m8b8","externalId":"flow_01m8nad0gabncgp54dbwc9m8b8","displayName":"Deleted","created":"2026-11-30T04:11:25.066Z","updated":"2026-11-30T04:11:25.066Z"}}}' AS BLOB),'[]','2026-11-30T04:11:25.067Z');
INSERT INTO "events" VALUES('evt_01m8nad0hv5gcw7000cpg34r16','flow.deleted','prj_01m8nacqdk7m8my1as8a758qke','key_01m8nacywsnsewk4vagdbwcc0c','flow_01m8nad0gabncgp54dbwc9m8b8',CAST('{"id":"evt_01m8nad0hv5gcw7000cpg34r16","created":"2026-11-30T04:11:25.115Z","updated":"2026-11-30T04:11:25.115Z","action":"flow.deleted","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad0gabncgp54dbwc9m8b8","externalId":"flow_01m8nad0gabncgp54dbwc9m8b8","displayName":"Deleted","created":"2026-11-30T04:11:25.066Z","updated":"2026-11-30T04:11:25.066Z"}}}' AS BLOB),'[]','2026-11-30T04:11:25.115Z');
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
INSERT INTO "flow_versions" VALUES('ver_01m8nad0156nkxc8rbx6gyz03y','prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad00sgnk4qbpxdded4cez',1,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:11:24.581Z','key_01m8nacywsnsewk4vagdbwcc0c');
INSERT INTO "flow_versions" VALUES('ver_c343e261085f87120585d51866','prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad00sgnk4qbpxdded4cez',0,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:11:24.654Z','key_01m8nacywsnsewk4vagdbwcc0c');
INSERT INTO "flow_versions" VALUES('ver_01m8nad096bhhn6kw0rs37t5a4','prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad091f3sdbcabgbya6f68',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3','','2026-11-30T04:11:24.838Z','key_01m8nacywsnsewk4vagdbwcc0c');
INSERT INTO "flow_versions" VALUES('ver_01m8nad09xpv5vxtfadxkn3pv0','prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad09qnjq6q65yddfad7n6',1,'{
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
','3be931eecb6ecbd0fc61304afc51c66254e2603dd9fd7a16a29849c9cd9c5ee0','','2026-11-30T04:11:24.861Z','key_01m8nacywsnsewk4vagdbwcc0c');
INSERT INTO "flow_versions" VALUES('ver_01m8nad0fekr6r4amxctp3kjat','prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad0f19jrdrh52db0bw631',1,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf','','2026-11-30T04:11:25.038Z','key_01m8nacywsnsewk4vagdbwcc0c');
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
	known_events VARCHAR,
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
INSERT INTO "flows" VALUES('flow_01m8nad00sgnk4qbpxdded4cez','prj_01m8nacqdk7m8my1as8a758qke','Orders of the shop',1,'{
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
','1d44ca20eddf9c68d33631638c373c5f9b7ca94ad1a411bbcfb243672e760f4f',4,1,1,NULL,NULL,'fld_01m8nad08md6ja50tayx9adgb4','["shop"]','2026-11-30T04:11:24.569Z','2026-11-30T04:11:24.810Z','key_01m8nacywsnsewk4vagdbwcc0c',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8nad091f3sdbcabgbya6f68','prj_01m8nacqdk7m8my1as8a758qke','Agents',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3',1,0,1,'deck','["agent.created","agent.updated","agent.deleted","source.created","source.updated","source.deleted","connection.connecting","connection.connected","connection.invalid","connection.disconnected","connection.terminated","connection.interaction_required","task.created","task.updated","task.deleted","task_run.queued","task_run.running","task_run.pending","task_run.completed","task_run.failed","task_run.canceled","task_run.interaction_required","storage.created","storage.deleted","workflow_run.queued","workflow_run.running","workflow_run.sleeping","workflow_run.completed","workflow_run.failed","workflow_run.canceled","workflow_run.interaction_required","event_destination.activated","event_destination.deactivated","credential.created","credential.unverified","credential.verified","credential.invalid","credential.deleted","session.queued","session.running","session.idle","session.completing","session.completed","session.failed","task.reset","task_run.review_required","task_run.canceling","user.created"]',NULL,'[]','2026-11-30T04:11:24.833Z','2026-11-30T04:11:24.839Z','key_01m8nacywsnsewk4vagdbwcc0c',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8nad09qnjq6q65yddfad7n6','prj_01m8nacqdk7m8my1as8a758qke','Reader',1,'{
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
','3be931eecb6ecbd0fc61304afc51c66254e2603dd9fd7a16a29849c9cd9c5ee0',1,0,1,NULL,NULL,NULL,'[]','2026-11-30T04:11:24.855Z','2026-11-30T04:11:24.862Z','key_01m8nacywsnsewk4vagdbwcc0c',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8nad0f19jrdrh52db0bw631','prj_01m8nacqdk7m8my1as8a758qke','Switched off',0,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf',1,0,1,NULL,NULL,NULL,'[]','2026-11-30T04:11:25.025Z','2026-11-30T04:11:25.049Z','key_01m8nacywsnsewk4vagdbwcc0c',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8nad0gabncgp54dbwc9m8b8','prj_01m8nacqdk7m8my1as8a758qke','Deleted',0,'{
  "format": 1,
  "name": "Deleted",
  "triggers": [],
  "start": null,
  "steps": {}
}
','7f21905ccfc50d17daf3a3782672a7e97196b4829ee62e9cb5735dc98c22d699',1,0,NULL,NULL,NULL,NULL,'[]','2026-11-30T04:11:25.066Z','2026-11-30T04:11:25.066Z','key_01m8nacywsnsewk4vagdbwcc0c','2026-11-30T04:11:25.114Z','key_01m8nacywsnsewk4vagdbwcc0c');
CREATE TABLE folders (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "folders" VALUES('fld_01m8nad08md6ja50tayx9adgb4','prj_01m8nacqdk7m8my1as8a758qke','Shop','2026-11-30T04:11:24.820Z','2026-11-30T04:11:24.820Z');
CREATE TABLE journal (
	run_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	records BLOB NOT NULL,
	PRIMARY KEY (run_id, number)
);
INSERT INTO "journal" VALUES('run_01m8nad01k62n15327p65zrzja',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}},{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"order paid"},"output":"order paid","ms":19.69},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"order paid"}},"output":{"order":"order paid"},"ms":0.1}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nad01s8198tkzvbzs724fc',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"later","branches":["Later"]},"branch":"Later","input":{"key":"later"}},{"name":"wait","type":"action","status":"waiting","piece":"delay","action":"delay_for","attempts":1,"input":{"duration":9,"unit":"days"},"resume_at":1796789484.617928,"state":{"since":"2026-11-30T04:11:24.617Z","until":"2026-12-09T04:11:24.617Z"},"ms":0.12}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nad02qnkmy6mrvrg6easxz',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"broken","branches":["Broken"]},"branch":"Broken","input":{"key":"broken"}},{"name":"call","type":"action","status":"failed","piece":"http","action":"request","attempts":1,"input":{"method":"GET","url":"http://127.0.0.1:9/refused"},"error":{"kind":"address_refused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"},"log":[{"number":1,"started":"2026-11-30T04:11:24.634Z","ms":0.8,"error":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}],"ms":0.82}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nad02xrwy25wv1ajrg6xx4',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"unheard of","branches":[]},"unrouted":true,"input":{"key":"unheard of"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nad03fvj8wx2n1vm0d39fv',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nad03fvj8wx2n1vm0d39fv',1,CAST('[{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"o-1"},"output":"o-1","ms":1.99},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.08}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nad0adh7nraj1y2x0pwstn',0,CAST('[{"name":"note","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.17}]' AS BLOB));
CREATE TABLE members (
	project_id VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	PRIMARY KEY (project_id, user_id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "members" VALUES('prj_01m8nacqdk7m8my1as8a758qke','usr_01m8nacr7d22hvdvwntjh0ff0w','admin');
CREATE TABLE preferences (
	user_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	value VARCHAR NOT NULL,
	PRIMARY KEY (user_id, name),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE projects (
	id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "projects" VALUES('prj_01m8nacqdk7m8my1as8a758qke','Default','2026-11-30T04:11:15.764Z');
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
INSERT INTO "run_payloads" VALUES('run_01m8nad01k62n15327p65zrzja',CAST('{"method":"POST","headers":{"host":"127.0.0.1:56719","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=e0178a6491e6dc4a91c7602c81f51bf5ab713da44b7c0ffab85101077bb08172","content-length":"36"},"query":{},"body":{"kind": "paid", "id": "order paid"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nad01s8198tkzvbzs724fc',CAST('{"method":"POST","headers":{"host":"127.0.0.1:56719","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=74fbf3832144052578f24d15a9b90deea9ad81858f65424cd3411fa0920dff83","content-length":"38"},"query":{},"body":{"kind": "later", "id": "order later"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nad02qnkmy6mrvrg6easxz',CAST('{"method":"POST","headers":{"host":"127.0.0.1:56719","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8d39d9b49d14b5596da06970fc98d7fbca8e0a1402d3661f2e919c2ce792295e","content-length":"40"},"query":{},"body":{"kind": "broken", "id": "order broken"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nad02xrwy25wv1ajrg6xx4',CAST('{"method":"POST","headers":{"host":"127.0.0.1:56719","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8c6c5cd2fe594abad4229957d53e1f683e729843a9c1a7b348ffccdb19dfd021","content-length":"48"},"query":{},"body":{"kind": "unheard of", "id": "order unheard of"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nad03fvj8wx2n1vm0d39fv',CAST('{"method":"POST","headers":{},"query":{},"body":{"kind":"paid","id":"o-1"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nad0adh7nraj1y2x0pwstn',CAST('{"method":"TOPIC","headers":{},"query":{},"topic":"orders.new","message_id":"msg_01m8nad0a2ew3em8rbn4ee6266","published":"2026-11-30T04:11:24.866Z","body":{"order":"o-1"}}' AS BLOB));
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
	order_key VARCHAR,
	active_ms INTEGER NOT NULL,
	created VARCHAR NOT NULL,
	started VARCHAR,
	finished VARCHAR,
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('run_01m8nad01k62n15327p65zrzja','prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad00sgnk4qbpxdded4cez','ver_01m8nad0156nkxc8rbx6gyz03y',1,'production','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,NULL,19,'2026-11-30T04:11:24.595Z','2026-11-30T04:11:24.597Z','2026-11-30T04:11:24.617Z');
INSERT INTO "runs" VALUES('run_01m8nad01s8198tkzvbzs724fc','prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad00sgnk4qbpxdded4cez','ver_01m8nad0156nkxc8rbx6gyz03y',1,'production','webhook','waiting',0,0,0,'["by_kind:Later","wait"]',NULL,NULL,'[]',NULL,NULL,'2026-12-09T04:11:24.617Z',NULL,0,'2026-11-30T04:11:24.601Z','2026-11-30T04:11:24.617Z',NULL);
INSERT INTO "runs" VALUES('run_01m8nad02qnkmy6mrvrg6easxz','prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad00sgnk4qbpxdded4cez','ver_01m8nad0156nkxc8rbx6gyz03y',1,'production','webhook','failed',0,0,0,'["by_kind:Broken","call"]','{"step":"call","kind":"address_refused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}',NULL,'[]',NULL,NULL,NULL,NULL,0,'2026-11-30T04:11:24.631Z','2026-11-30T04:11:24.634Z','2026-11-30T04:11:24.635Z');
INSERT INTO "runs" VALUES('run_01m8nad02xrwy25wv1ajrg6xx4','prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad00sgnk4qbpxdded4cez','ver_01m8nad0156nkxc8rbx6gyz03y',1,'production','webhook','succeeded',1,0,0,'["by_kind"]',NULL,NULL,'[]',NULL,NULL,NULL,NULL,0,'2026-11-30T04:11:24.637Z','2026-11-30T04:11:24.644Z','2026-11-30T04:11:24.644Z');
INSERT INTO "runs" VALUES('run_01m8nad03fvj8wx2n1vm0d39fv','prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad00sgnk4qbpxdded4cez','ver_c343e261085f87120585d51866',0,'test','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,NULL,4,'2026-11-30T04:11:24.655Z','2026-11-30T04:11:24.660Z','2026-11-30T04:11:24.663Z');
INSERT INTO "runs" VALUES('run_01m8nad0adh7nraj1y2x0pwstn','prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad09qnjq6q65yddfad7n6','ver_01m8nad09xpv5vxtfadxkn3pv0',1,'production','news','succeeded',0,0,0,'["note"]',NULL,NULL,'[]',NULL,NULL,NULL,NULL,0,'2026-11-30T04:11:24.877Z','2026-11-30T04:11:24.956Z','2026-11-30T04:11:24.956Z');
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
INSERT INTO "store_items" VALUES('prj_01m8nacqdk7m8my1as8a758qke','flow_01m8nad00sgnk4qbpxdded4cez','last order','"o-1"','2026-11-30T04:11:24.662Z');
CREATE TABLE subscriptions (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	source VARCHAR NOT NULL,
	at INTEGER NOT NULL,
	generation INTEGER NOT NULL,
	PRIMARY KEY (flow_id, "trigger")
);
INSERT INTO "subscriptions" VALUES('flow_01m8nad09qnjq6q65yddfad7n6','news','prj_01m8nacqdk7m8my1as8a758qke','messages',3,1796011884868);
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
INSERT INTO "topic_messages" VALUES(1,'msg_692c3699a33a4e2d81c9418289','prj_01m8nacqdk7m8my1as8a758qke','published',CAST('{"id":"evt_01m8nad0176dcgr1n3e3x973bk","created":"2026-11-30T04:11:24.583Z","updated":"2026-11-30T04:11:24.583Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad00sgnk4qbpxdded4cez","externalId":"flow_01m8nad00sgnk4qbpxdded4cez","displayName":"Orders","created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.582Z"},"flowVersion":{"id":"ver_01m8nad0156nkxc8rbx6gyz03y","displayName":"Orders","flowId":"flow_01m8nad00sgnk4qbpxdded4cez","number":1,"created":"2026-11-30T04:11:24.569Z","updated":"2026-11-30T04:11:24.582Z"}}}' AS BLOB),'destination:dst_01m8naczzxa1a04qyg4ztead69','[]','2026-11-30T04:11:24.596Z');
INSERT INTO "topic_messages" VALUES(2,'msg_04616ff0cc6cbf5bda3f3ec767','prj_01m8nacqdk7m8my1as8a758qke','published',CAST('{"id":"evt_01m8nad097kcyw4qe443fnyd9z","created":"2026-11-30T04:11:24.839Z","updated":"2026-11-30T04:11:24.839Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad091f3sdbcabgbya6f68","externalId":"flow_01m8nad091f3sdbcabgbya6f68","displayName":"Agents","created":"2026-11-30T04:11:24.833Z","updated":"2026-11-30T04:11:24.838Z"},"flowVersion":{"id":"ver_01m8nad096bhhn6kw0rs37t5a4","displayName":"Agents","flowId":"flow_01m8nad091f3sdbcabgbya6f68","number":1,"created":"2026-11-30T04:11:24.833Z","updated":"2026-11-30T04:11:24.838Z"}}}' AS BLOB),'destination:dst_01m8naczzxa1a04qyg4ztead69','[]','2026-11-30T04:11:24.857Z');
INSERT INTO "topic_messages" VALUES(3,'msg_01m8nad0a2ew3em8rbn4ee6266','prj_01m8nacqdk7m8my1as8a758qke','orders.new',CAST('{"order":"o-1"}' AS BLOB),'api:filler','[]','2026-11-30T04:11:24.866Z');
INSERT INTO "topic_messages" VALUES(4,'msg_cf10ddac95e515cb9ff5323ab3','prj_01m8nacqdk7m8my1as8a758qke','published',CAST('{"id":"evt_01m8nad09yv051z2awjs1b4d7q","created":"2026-11-30T04:11:24.862Z","updated":"2026-11-30T04:11:24.862Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad09qnjq6q65yddfad7n6","externalId":"flow_01m8nad09qnjq6q65yddfad7n6","displayName":"Reader","created":"2026-11-30T04:11:24.855Z","updated":"2026-11-30T04:11:24.862Z"},"flowVersion":{"id":"ver_01m8nad09xpv5vxtfadxkn3pv0","displayName":"Reader","flowId":"flow_01m8nad09qnjq6q65yddfad7n6","number":1,"created":"2026-11-30T04:11:24.855Z","updated":"2026-11-30T04:11:24.862Z"}}}' AS BLOB),'destination:dst_01m8naczzxa1a04qyg4ztead69','[]','2026-11-30T04:11:24.869Z');
INSERT INTO "topic_messages" VALUES(5,'msg_fce468e341e3d0bd211b03da83','prj_01m8nacqdk7m8my1as8a758qke','published',CAST('{"id":"evt_01m8nad0ffa8vsgrhr76rjp7q9","created":"2026-11-30T04:11:25.039Z","updated":"2026-11-30T04:11:25.039Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nacqdk7m8my1as8a758qke","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacywsnsewk4vagdbwcc0c","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nad0f19jrdrh52db0bw631","externalId":"flow_01m8nad0f19jrdrh52db0bw631","displayName":"Switched off","created":"2026-11-30T04:11:25.025Z","updated":"2026-11-30T04:11:25.039Z"},"flowVersion":{"id":"ver_01m8nad0fekr6r4amxctp3kjat","displayName":"Switched off","flowId":"flow_01m8nad0f19jrdrh52db0bw631","number":1,"created":"2026-11-30T04:11:25.025Z","updated":"2026-11-30T04:11:25.039Z"}}}' AS BLOB),'destination:dst_01m8naczzxa1a04qyg4ztead69','[]','2026-11-30T04:11:25.048Z');
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
INSERT INTO "users" VALUES('usr_01m8nacr7d22hvdvwntjh0ff0w','admin@example.com','admin','$argon2id$v=19$m=65536,t=3,p=4$TxLW9oIsSMWzQQs0PueTrw$lCIkbgNVRtLgfrzSpPA1B5/GIA07pQ2tVRF3SlpUYnY',1,0,'2026-11-30T04:11:16.589Z',NULL);
CREATE UNIQUE INDEX catalogues_by_name ON catalogues (project_id, name);
CREATE INDEX cuts_by_age ON cuts (created);
CREATE INDEX cuts_of_flow ON cuts (project_id, flow_id, id);
CREATE INDEX cuts_of_run ON cuts (project_id, run_id);
CREATE INDEX dedupe_by_age ON dedupe (created);
CREATE INDEX deliveries_by_destination ON deliveries (destination_id, id);
CREATE INDEX deliveries_dead ON deliveries (destination_id, id) WHERE status = 'dead';
CREATE INDEX deliveries_due ON deliveries (destination_id, next_at, id) WHERE status = 'pending';
CREATE INDEX deliveries_held ON deliveries (destination_id, id) WHERE status = 'held';
CREATE INDEX deliveries_in_order ON deliveries (destination_id, id) WHERE status = 'pending' AND order_key IS NOT NULL;
CREATE INDEX deliveries_of_event ON deliveries (event_id);
CREATE INDEX deliveries_of_key ON deliveries (destination_id, order_key, id) WHERE status = 'pending' AND order_key IS NOT NULL;
CREATE INDEX delivery_attempts_by_time ON delivery_attempts (destination_id, started, kind, duration_ms);
CREATE INDEX destinations_by_project ON destinations (project_id, id);
CREATE INDEX events_by_action ON events (action, id, user_id, flow_id);
CREATE INDEX events_by_flow ON events (flow_id, id, project_id, action, user_id) WHERE flow_id IS NOT NULL;
CREATE INDEX events_by_project ON events (project_id, id, action, user_id, flow_id);
CREATE INDEX events_by_project_action ON events (project_id, action, id, user_id, flow_id);
CREATE INDEX events_by_user ON events (user_id, id, project_id, action, flow_id) WHERE user_id IS NOT NULL;
CREATE INDEX ix_replays_destination_id ON replays (destination_id);
CREATE INDEX runs_by_flow ON runs (flow_id, id);
CREATE INDEX runs_by_parent ON runs (parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX runs_by_project ON runs (project_id, id);
CREATE INDEX runs_ended_badly ON runs (project_id, id) WHERE status IN ('failed', 'timed_out', 'canceled');
CREATE INDEX runs_in_order ON runs (flow_id, order_key) WHERE order_key IS NOT NULL AND status IN ('queued', 'running', 'waiting');
CREATE INDEX runs_of_drafts ON runs (version_id) WHERE version = 0;
CREATE INDEX runs_open ON runs (status, flow_id) WHERE status IN ('queued', 'running', 'waiting');
CREATE INDEX runs_resume ON runs (resume_at) WHERE status = 'waiting';
CREATE INDEX runs_unrouted ON runs (project_id, id) WHERE unrouted;
CREATE INDEX topic_messages_by_topic ON topic_messages (project_id, topic, number);
CREATE INDEX ix_api_keys_project_id ON api_keys (project_id);
CREATE UNIQUE INDEX connections_by_name ON connections (project_id, name);
CREATE UNIQUE INDEX folders_by_name ON folders (project_id, name);
CREATE INDEX ix_members_user_id ON members (user_id);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_setup_links_user_id ON setup_links (user_id);
CREATE INDEX flows_by_folder ON flows (folder_id);
CREATE INDEX flows_by_project ON flows (project_id, id);
CREATE INDEX flows_deleted ON flows (deleted) WHERE deleted IS NOT NULL;
CREATE UNIQUE INDEX draft_edits_by_number ON draft_edits (flow_id, number);
CREATE UNIQUE INDEX flow_drafts_by_digest ON flow_versions (flow_id, digest) WHERE number = 0;
CREATE UNIQUE INDEX flow_versions_by_number ON flow_versions (flow_id, number) WHERE number > 0;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('topic_messages',5);
COMMIT;
PRAGMA user_version=8;
