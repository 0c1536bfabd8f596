-- A store of schema 6 (c9da558).
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
INSERT INTO "api_keys" VALUES('key_01m8nabmq6b46nq11mverxk90z','prj_01m8nabbby8vra7ne88n7jgvkr','filler','admin','becbe140c5294191241438e7831662989eecff6d948113506d6b1a095a6817df','Qmox','2026-11-30T04:10:40.230Z',NULL,'2026-11-30T04:10:41.475Z');
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
INSERT INTO "catalogues" VALUES('cat_01m8nabnzy9bxxc36zs0xmfzpa','prj_01m8nabbby8vra7ne88n7jgvkr','shop','{"title":"Shop","vendor":"Shop","discriminator":"type","verify":{"scheme":"none"},"verify_note":"","events":[{"name":"order.created","group":"Order","description":"","sample":{"type":"order.created"},"variants":[]},{"name":"order.paid","group":"Order","description":"","sample":{"type":"order.paid"},"variants":[]}]}','samples','2026-11-30T04:10:41.532Z','2026-11-30T04:10:41.532Z');
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
INSERT INTO "connections" VALUES('con_01m8nabnzc1qcp79a9jqabsyga','prj_01m8nabbby8vra7ne88n7jgvkr','orders-signing','webhook',X'01EB6EBEAA1BDD05963205DEE83E9F118080FB7819A44EF0B103620D99B622D805E8078C8B625AE97EA5F09F103AF213ED5C345B71F2E8446CD1DB57CB8DB70BB3','unchecked',NULL,'2026-11-30T04:10:41.516Z','2026-11-30T04:10:41.516Z',NULL);
CREATE TABLE cursors (
	name VARCHAR NOT NULL,
	at INTEGER NOT NULL,
	event_id VARCHAR NOT NULL,
	PRIMARY KEY (name)
);
INSERT INTO "cursors" VALUES('destinations',30,'evt_01m8nabpkrrd9ag7ppqzwdvqgb');
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
INSERT INTO "dedupe" VALUES('flow_01m8nabp2x7r21fg009bc6cgmd','own:order paid','run_01m8nabp4k7vrhdv7y0sjszvn6','2026-11-30T04:10:41.683Z');
INSERT INTO "dedupe" VALUES('flow_01m8nabp2x7r21fg009bc6cgmd','own:order later','run_01m8nabp5fwy1qcs3wbzs1njc5','2026-11-30T04:10:41.711Z');
INSERT INTO "dedupe" VALUES('flow_01m8nabp2x7r21fg009bc6cgmd','own:order broken','run_01m8nabp5s86n3h5erdtx9784x','2026-11-30T04:10:41.721Z');
INSERT INTO "dedupe" VALUES('flow_01m8nabp2x7r21fg009bc6cgmd','own:order unheard of','run_01m8nabp6c8yd4fj0bvdne9vvs','2026-11-30T04:10:41.740Z');
INSERT INTO "dedupe" VALUES('flow_01m8nabpgm2t7vv7ed46trvk6c','feed:news:1796011842081:msg_01m8nabpgzr0xnxnar45rh3j8k','run_01m8nabph6vmrfcbkf76cxg4sw','2026-11-30T04:10:42.086Z');
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
INSERT INTO "deliveries" VALUES('dlv_01m8nabp3w000001n1z1f98k6s','dst_01m8nabp1evjm2g7jh4n7gm5hw','prj_01m8nabbby8vra7ne88n7jgvkr','evt_01m8nabp3wpa7r28sevncf2qv0','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:41.660Z','2026-11-30T04:10:41.688Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nabp3w000002n1z1f98k6s','dst_01m8nabp26s5bjaxac9edhjk4z','prj_01m8nabbby8vra7ne88n7jgvkr','evt_01m8nabp3wpa7r28sevncf2qv0','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:41.660Z','2026-11-30T04:10:41.691Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nabpg90000012znzhe2pak','dst_01m8nabp1evjm2g7jh4n7gm5hw','prj_01m8nabbby8vra7ne88n7jgvkr','evt_01m8nabpg980k4bt19v7pq1z56','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:42.057Z','2026-11-30T04:10:42.070Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nabpg90000022znzhe2pak','dst_01m8nabp26s5bjaxac9edhjk4z','prj_01m8nabbby8vra7ne88n7jgvkr','evt_01m8nabpg980k4bt19v7pq1z56','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:42.057Z','2026-11-30T04:10:42.076Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nabpgv000001f1aq5wxg1m','dst_01m8nabp1evjm2g7jh4n7gm5hw','prj_01m8nabbby8vra7ne88n7jgvkr','evt_01m8nabpgv7p3sgk44v7v3q601','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:42.075Z','2026-11-30T04:10:42.086Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nabpgv000002f1aq5wxg1m','dst_01m8nabp26s5bjaxac9edhjk4z','prj_01m8nabbby8vra7ne88n7jgvkr','evt_01m8nabpgv7p3sgk44v7v3q601','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:42.075Z','2026-11-30T04:10:42.086Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nabpk3000001xvsar15pdm','dst_01m8nabp1evjm2g7jh4n7gm5hw','prj_01m8nabbby8vra7ne88n7jgvkr','evt_01m8nabpk3v3ph52h31wvh3fgb','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:42.147Z','2026-11-30T04:10:42.168Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nabpk3000002xvsar15pdm','dst_01m8nabp26s5bjaxac9edhjk4z','prj_01m8nabbby8vra7ne88n7jgvkr','evt_01m8nabpk3v3ph52h31wvh3fgb','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:10:42.147Z','2026-11-30T04:10:42.181Z');
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
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nabp3w000001n1z1f98k6s',1,'dst_01m8nabp1evjm2g7jh4n7gm5hw','2026-11-30T04:10:41.684Z','ok',NULL,NULL,2.68,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":2.68}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8nabp3wpa7r28sevncf2qv0\",\"created\":\"2026-11-30T04:10:41.660Z\",\"updated\":\"2026-11-30T04:10:41.660Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nabbby8vra7ne88n7jgvkr\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nabmq6b46nq11mverxk90z\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8nabp2x7r21fg009bc6cgmd\",\"externalId\":\"flow_01m8nabp2x7r21fg009bc6cgmd\",\"displayName\":\"Orders\",\"created\":\"2026-11-30T04:10:41.629Z\",\"updated\":\"2026-11-30T04:10:41.659Z\"},\"flowVersion\":{\"id\":\"ver_01m8nabp3tqbpdjakwptbc0fap\",\"displayName\":\"Orders\",\"flowId\":\"flow_01m8nabp2x7r21fg009bc6cgmd\",\"number\":1,\"created\":\"2026-11-30T04:10:41.629Z\",\"updated\":\"2026-11-30T04:10:41.659Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nabp3w000002n1z1f98k6s',1,'dst_01m8nabp26s5bjaxac9edhjk4z','2026-11-30T04:10:41.684Z','ok',NULL,NULL,4.41,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":4.41}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nabpg90000012znzhe2pak',1,'dst_01m8nabp1evjm2g7jh4n7gm5hw','2026-11-30T04:10:42.069Z','ok',NULL,NULL,1.27,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":1.27}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8nabpg980k4bt19v7pq1z56\",\"created\":\"2026-11-30T04:10:42.057Z\",\"updated\":\"2026-11-30T04:10:42.057Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nabbby8vra7ne88n7jgvkr\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nabmq6b46nq11mverxk90z\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8nabpfmxzez441hetmq6g26\",\"externalId\":\"flow_01m8nabpfmxzez441hetmq6g26\",\"displayName\":\"Agents\",\"created\":\"2026-11-30T04:10:42.036Z\",\"updated\":\"2026-11-30T04:10:42.056Z\"},\"flowVersion\":{\"id\":\"ver_01m8nabpg8gdkmx5hkgt7f0s87\",\"displayName\":\"Agents\",\"flowId\":\"flow_01m8nabpfmxzez441hetmq6g26\",\"number\":1,\"created\":\"2026-11-30T04:10:42.036Z\",\"updated\":\"2026-11-30T04:10:42.056Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nabpg90000022znzhe2pak',1,'dst_01m8nabp26s5bjaxac9edhjk4z','2026-11-30T04:10:42.069Z','ok',NULL,NULL,6.5,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":6.5}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nabpgv000001f1aq5wxg1m',1,'dst_01m8nabp1evjm2g7jh4n7gm5hw','2026-11-30T04:10:42.082Z','ok',NULL,NULL,4.31,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":4.31}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8nabpgv7p3sgk44v7v3q601\",\"created\":\"2026-11-30T04:10:42.075Z\",\"updated\":\"2026-11-30T04:10:42.075Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nabbby8vra7ne88n7jgvkr\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nabmq6b46nq11mverxk90z\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8nabpgm2t7vv7ed46trvk6c\",\"externalId\":\"flow_01m8nabpgm2t7vv7ed46trvk6c\",\"displayName\":\"Reader\",\"created\":\"2026-11-30T04:10:42.068Z\",\"updated\":\"2026-11-30T04:10:42.075Z\"},\"flowVersion\":{\"id\":\"ver_01m8nabpgtht4ffxryp9qxpftb\",\"displayName\":\"Reader\",\"flowId\":\"flow_01m8nabpgm2t7vv7ed46trvk6c\",\"number\":1,\"created\":\"2026-11-30T04:10:42.068Z\",\"updated\":\"2026-11-30T04:10:42.075Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nabpgv000002f1aq5wxg1m',1,'dst_01m8nabp26s5bjaxac9edhjk4z','2026-11-30T04:10:42.082Z','ok',NULL,NULL,4.49,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":4.49}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nabpk3000001xvsar15pdm',1,'dst_01m8nabp1evjm2g7jh4n7gm5hw','2026-11-30T04:10:42.165Z','ok',NULL,NULL,3.23,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":3.23}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8nabpk3v3ph52h31wvh3fgb\",\"created\":\"2026-11-30T04:10:42.147Z\",\"updated\":\"2026-11-30T04:10:42.147Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nabbby8vra7ne88n7jgvkr\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nabmq6b46nq11mverxk90z\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8nabpjw0bwx8fs1h73q8qh8\",\"externalId\":\"flow_01m8nabpjw0bwx8fs1h73q8qh8\",\"displayName\":\"Switched off\",\"created\":\"2026-11-30T04:10:42.140Z\",\"updated\":\"2026-11-30T04:10:42.147Z\"},\"flowVersion\":{\"id\":\"ver_01m8nabpk39wknbkgnxa3qbmgj\",\"displayName\":\"Switched off\",\"flowId\":\"flow_01m8nabpjw0bwx8fs1h73q8qh8\",\"number\":1,\"created\":\"2026-11-30T04:10:42.140Z\",\"updated\":\"2026-11-30T04:10:42.147Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nabpk3000002xvsar15pdm',1,'dst_01m8nabp26s5bjaxac9edhjk4z','2026-11-30T04:10:42.165Z','ok',NULL,NULL,16.1,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":16.1}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
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
INSERT INTO "destinations" VALUES('dst_01m8nabp1evjm2g7jh4n7gm5hw','prj_01m8nabbby8vra7ne88n7jgvkr','File','file','events','["flow.published"]','raw',X'01EB6EBEAA5D795DE66CC9C8F299DD2C248153BD9068FFED4605CF4EFA8126AA11306AB1D46D4D47A479854F29583B7D42041D9CFD29C7BEBC8D7F3301F6C400',X'01EB6EBEAA8CCB4DF8A7A183A012B41185D1430F0939E3492F545996DC3F360DC2D092E359E9B752C7703193982DB2F66593F17EAAC65A1AB1D96045D7723D39CA2329BB0D61F9EDC9AA170366CE522E91582615ED6831D1FDE988FD2EE2C4888AF0ED6E99071886686825D555B64CCC5A82CF08C0C7511CE91B921AE7393C2D1F14207DE20923972673E3F5923827781C2DBC108F3F93AFB710774DA053FF80C01D66DC4E6093FA9F997BFA91BEB27AAFFEFEC1FE0CE866B3C7991C74A23EAC1C0957C808D4A75C4CA0120623CBD9A3461BD17B69E96148E4','none','active','','{"rate_per_s":null,"concurrency":4,"order_key":"","timeout_s":15.0,"batch_size":100,"disable_after_h":120.0}',NULL,'2026-11-30T04:10:41.688Z',NULL,NULL,'2026-11-30T04:10:41.581Z','2026-11-30T04:10:41.581Z');
INSERT INTO "destinations" VALUES('dst_01m8nabp26s5bjaxac9edhjk4z','prj_01m8nabbby8vra7ne88n7jgvkr','Topic','topic','published','["flow.published"]','raw',X'01EB6EBEAA8571F6580255559F20197A6F28FB0EC8666335571DB4C275A6D179A1CDFA2695E3EBDB50156DF7492F8145D0CE22F4BB4D49069BB9847937E05C59',X'01EB6EBEAA7012B69EBE4381B820DAB0EF1CE2260032C3902074F62E8AD18D9413A19698636D763D27D7B8D385239CEDBAB05DAB7D583B49AE5B611CB935FAC1E7A33351C88A6F8AE1898604B1B0059923F0EEFDF8B5BD957E18E100ADFBD3C036E11E58917E9262292515845CD63FB035B31EC43BD4D522EAF20A49328990BD1E20DE179CD5BAC16B44785AE6CDAEDE0577AA9FBB40B84B049CC740D48B70FE44D95FFD8C7A71BC1E2CC3C378D8DC72BB9BA05915C2C4DF4BE9B8C286A506BA4037AC6AB434089B8A234A57000DCA78AC0010367D01A53A08','none','active','','{"rate_per_s":null,"concurrency":4,"order_key":"","timeout_s":15.0,"batch_size":100,"disable_after_h":120.0}',NULL,'2026-11-30T04:10:41.691Z',NULL,NULL,'2026-11-30T04:10:41.606Z','2026-11-30T04:10:41.606Z');
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
INSERT INTO "draft_edits" VALUES('edt_01m8nabpb6h0sh0rvvevta3bvh','flow_01m8nabp2x7r21fg009bc6cgmd','prj_01m8nabbby8vra7ne88n7jgvkr',1,'set_name','Renamed the flow to “Orders of the shop”','{"name":"Orders of the shop"}',34,'',' of the shop',2,'key_01m8nabmq6b46nq11mverxk90z','2026-11-30T04:10:41.894Z');
INSERT INTO "draft_edits" VALUES('edt_01m8nabpbq0cw22ka4hy16y6bw','flow_01m8nabp2x7r21fg009bc6cgmd','prj_01m8nabbby8vra7ne88n7jgvkr',2,'set_name','Renamed the flow to “Orders of two shops”','{"name":"Orders of two shops"}',39,'he shop','wo shops',4,'key_01m8nabmq6b46nq11mverxk90z','2026-11-30T04:10:41.911Z');
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
INSERT INTO "events" VALUES('evt_01m8nabbce24c5ybxqpxz5x4qv','project.created','prj_01m8nabbby8vra7ne88n7jgvkr',NULL,NULL,CAST('{"id":"evt_01m8nabbce24c5ybxqpxz5x4qv","created":"2026-11-30T04:10:30.670Z","updated":"2026-11-30T04:10:30.670Z","action":"project.created","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","data":{"project":{"id":"prj_01m8nabbby8vra7ne88n7jgvkr","displayName":"Default"}}}' AS BLOB),'[]','2026-11-30T04:10:30.670Z');
INSERT INTO "events" VALUES('evt_01m8nabc1f2e1xgvx2ntnn2r5j','user.signed.up',NULL,'usr_01m8nabc0tvtfnjcz54ew7ffnq',NULL,CAST('{"id":"evt_01m8nabc1f2e1xgvx2ntnn2r5j","created":"2026-11-30T04:10:31.343Z","updated":"2026-11-30T04:10:31.343Z","action":"user.signed.up","platformId":"switchyard","userId":"usr_01m8nabc0tvtfnjcz54ew7ffnq","userEmail":"admin@example.com","data":{"user":{"id":"usr_01m8nabc0tvtfnjcz54ew7ffnq","email":"admin@example.com","displayName":"admin","firstName":"admin","lastName":""},"source":"credentials"}}' AS BLOB),'[]','2026-11-30T04:10:31.343Z');
INSERT INTO "events" VALUES('evt_01m8nabmrm79vygnz8t9yd9zmf','api_key.created','prj_01m8nabbby8vra7ne88n7jgvkr',NULL,NULL,CAST('{"id":"evt_01m8nabmrm79vygnz8t9yd9zmf","created":"2026-11-30T04:10:40.276Z","updated":"2026-11-30T04:10:40.276Z","action":"api_key.created","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","data":{"apiKey":{"id":"key_01m8nabmq6b46nq11mverxk90z","displayName":"filler","role":"admin","last4":"Qmox"}}}' AS BLOB),'[]','2026-11-30T04:10:40.276Z');
INSERT INTO "events" VALUES('evt_01m8nabnzjm0j8bdan8dn3fzb0','connection.upserted','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z',NULL,CAST('{"id":"evt_01m8nabnzjm0j8bdan8dn3fzb0","created":"2026-11-30T04:10:41.522Z","updated":"2026-11-30T04:10:41.522Z","action":"connection.upserted","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"connection":{"id":"con_01m8nabnzc1qcp79a9jqabsyga","displayName":"orders-signing","externalId":"orders-signing","pieceName":"webhook","status":"UNCHECKED","type":"CUSTOM_AUTH","created":"2026-11-30T04:10:41.516Z","updated":"2026-11-30T04:10:41.516Z"}}}' AS BLOB),'[]','2026-11-30T04:10:41.522Z');
INSERT INTO "events" VALUES('evt_01m8nabnzzeehfnswjb8zmzawr','catalogue.created','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z',NULL,CAST('{"id":"evt_01m8nabnzzeehfnswjb8zmzawr","created":"2026-11-30T04:10:41.535Z","updated":"2026-11-30T04:10:41.535Z","action":"catalogue.created","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"catalogue":{"id":"cat_01m8nabnzy9bxxc36zs0xmfzpa","displayName":"shop","source":"samples","events":2}}}' AS BLOB),'[]','2026-11-30T04:10:41.535Z');
INSERT INTO "events" VALUES('evt_01m8nabp1hjagatn2tpgzm69xy','event_destination.created','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z',NULL,CAST('{"id":"evt_01m8nabp1hjagatn2tpgzm69xy","created":"2026-11-30T04:10:41.585Z","updated":"2026-11-30T04:10:41.585Z","action":"event_destination.created","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"destination":{"id":"dst_01m8nabp1evjm2g7jh4n7gm5hw","displayName":"File","kind":"file","status":"active","reason":"","events":["flow.published"],"target":"events"}}}' AS BLOB),'[]','2026-11-30T04:10:41.585Z');
INSERT INTO "events" VALUES('evt_01m8nabp284qy2n582x03w4t10','event_destination.created','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z',NULL,CAST('{"id":"evt_01m8nabp284qy2n582x03w4t10","created":"2026-11-30T04:10:41.608Z","updated":"2026-11-30T04:10:41.608Z","action":"event_destination.created","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"destination":{"id":"dst_01m8nabp26s5bjaxac9edhjk4z","displayName":"Topic","kind":"topic","status":"active","reason":"","events":["flow.published"],"target":"published"}}}' AS BLOB),'[]','2026-11-30T04:10:41.608Z');
INSERT INTO "events" VALUES('evt_01m8nabp2zbdq707yq32sx60zy','flow.created','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabp2x7r21fg009bc6cgmd',CAST('{"id":"evt_01m8nabp2zbdq707yq32sx60zy","created":"2026-11-30T04:10:41.631Z","updated":"2026-11-30T04:10:41.631Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabp2x7r21fg009bc6cgmd","externalId":"flow_01m8nabp2x7r21fg009bc6cgmd","displayName":"Orders","created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.629Z"}}}' AS BLOB),'[]','2026-11-30T04:10:41.631Z');
INSERT INTO "events" VALUES('evt_01m8nabp3wpa7r28sevncf2qv0','flow.published','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabp2x7r21fg009bc6cgmd',CAST('{"id":"evt_01m8nabp3wpa7r28sevncf2qv0","created":"2026-11-30T04:10:41.660Z","updated":"2026-11-30T04:10:41.660Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabp2x7r21fg009bc6cgmd","externalId":"flow_01m8nabp2x7r21fg009bc6cgmd","displayName":"Orders","created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.659Z"},"flowVersion":{"id":"ver_01m8nabp3tqbpdjakwptbc0fap","displayName":"Orders","flowId":"flow_01m8nabp2x7r21fg009bc6cgmd","number":1,"created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.659Z"}}}' AS BLOB),'[]','2026-11-30T04:10:41.660Z');
INSERT INTO "events" VALUES('evt_01m8nabp3x5waekd3htxp6n5rx','flow.activated','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabp2x7r21fg009bc6cgmd',CAST('{"id":"evt_01m8nabp3x5waekd3htxp6n5rx","created":"2026-11-30T04:10:41.661Z","updated":"2026-11-30T04:10:41.661Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabp2x7r21fg009bc6cgmd","externalId":"flow_01m8nabp2x7r21fg009bc6cgmd","displayName":"Orders","created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.660Z"},"flowVersion":{"id":"ver_01m8nabp3tqbpdjakwptbc0fap","displayName":"Orders","flowId":"flow_01m8nabp2x7r21fg009bc6cgmd","number":1,"created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.660Z"}}}' AS BLOB),'[]','2026-11-30T04:10:41.661Z');
INSERT INTO "events" VALUES('evt_01m8nabp6wqhchm0n1dq68k3dc','flow.run.failed','prj_01m8nabbby8vra7ne88n7jgvkr',NULL,'flow_01m8nabp2x7r21fg009bc6cgmd',CAST('{"id":"evt_01m8nabp6wqhchm0n1dq68k3dc","created":"2026-11-30T04:10:41.733Z","updated":"2026-11-30T04:10:41.733Z","action":"flow.run.failed","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","data":{"flowRun":{"id":"run_01m8nabp5s86n3h5erdtx9784x","startTime":"2026-11-30T04:10:41.732Z","finishTime":"2026-11-30T04:10:41.733Z","duration":1,"environment":"PRODUCTION","flowId":"flow_01m8nabp2x7r21fg009bc6cgmd","flowVersionId":"ver_01m8nabp3tqbpdjakwptbc0fap","flowDisplayName":"Orders","status":"FAILED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":false,"warnings":0,"error":{"step":"call","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}}}}' AS BLOB),'["flow_01m8nabp2x7r21fg009bc6cgmd"]','2026-11-30T04:10:41.733Z');
INSERT INTO "events" VALUES('evt_01m8nabp77171bg7qr0xnwe3v7','flow.run.unrouted','prj_01m8nabbby8vra7ne88n7jgvkr',NULL,'flow_01m8nabp2x7r21fg009bc6cgmd',CAST('{"id":"evt_01m8nabp77171bg7qr0xnwe3v7","created":"2026-11-30T04:10:41.762Z","updated":"2026-11-30T04:10:41.762Z","action":"flow.run.unrouted","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","data":{"flowRun":{"id":"run_01m8nabp6c8yd4fj0bvdne9vvs","startTime":"2026-11-30T04:10:41.762Z","finishTime":"2026-11-30T04:10:41.762Z","duration":0,"environment":"PRODUCTION","flowId":"flow_01m8nabp2x7r21fg009bc6cgmd","flowVersionId":"ver_01m8nabp3tqbpdjakwptbc0fap","flowDisplayName":"Orders","status":"SUCCEEDED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":true,"warnings":0,"error":null}}}' AS BLOB),'["flow_01m8nabp2x7r21fg009bc6cgmd"]','2026-11-30T04:10:41.762Z');
INSERT INTO "events" VALUES('evt_01m8nabpb9j3b5xyrtdwhd5gns','flow.updated','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabp2x7r21fg009bc6cgmd',CAST('{"id":"evt_01m8nabpb9j3b5xyrtdwhd5gns","created":"2026-11-30T04:10:41.897Z","updated":"2026-11-30T04:10:41.897Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabp2x7r21fg009bc6cgmd","externalId":"flow_01m8nabp2x7r21fg009bc6cgmd","displayName":"Orders of the shop","created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.893Z"},"request":{"type":"SET_NAME","request":{"revision":2,"sentence":"Renamed the flow to “Orders of the shop”","args":{"name":"Orders of the shop"}}}}}' AS BLOB),'[]','2026-11-30T04:10:41.897Z');
INSERT INTO "events" VALUES('evt_01m8nabpbr8gszn8zcyka7bfta','flow.updated','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabp2x7r21fg009bc6cgmd',CAST('{"id":"evt_01m8nabpbr8gszn8zcyka7bfta","created":"2026-11-30T04:10:41.912Z","updated":"2026-11-30T04:10:41.912Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabp2x7r21fg009bc6cgmd","externalId":"flow_01m8nabp2x7r21fg009bc6cgmd","displayName":"Orders of two shops","created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.910Z"},"request":{"type":"SET_NAME","request":{"revision":3,"sentence":"Renamed the flow to “Orders of two shops”","args":{"name":"Orders of two shops"}}}}}' AS BLOB),'[]','2026-11-30T04:10:41.912Z');
INSERT INTO "events" VALUES('evt_01m8nabpcsretqjs1mmetpmj6g','flow.updated','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabp2x7r21fg009bc6cgmd',CAST('{"id":"evt_01m8nabpcsretqjs1mmetpmj6g","created":"2026-11-30T04:10:41.945Z","updated":"2026-11-30T04:10:41.945Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabp2x7r21fg009bc6cgmd","externalId":"flow_01m8nabp2x7r21fg009bc6cgmd","displayName":"Orders of the shop","created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.944Z"},"request":{"type":"UNDO","request":{"revision":4,"sentence":"Undid: Renamed the flow to “Orders of two shops”"}}}}' AS BLOB),'[]','2026-11-30T04:10:41.945Z');
INSERT INTO "events" VALUES('evt_01m8nabpe3f3acfrzm4e1dj8et','folder.created','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z',NULL,CAST('{"id":"evt_01m8nabpe3f3acfrzm4e1dj8et","created":"2026-11-30T04:10:41.987Z","updated":"2026-11-30T04:10:41.987Z","action":"folder.created","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"folder":{"id":"fld_01m8nabpe2rg7tf8meyxjwpbys","displayName":"Shop","created":"2026-11-30T04:10:41.986Z","updated":"2026-11-30T04:10:41.986Z"}}}' AS BLOB),'[]','2026-11-30T04:10:41.987Z');
INSERT INTO "events" VALUES('evt_01m8nabpesfqx0v07mgmmnjfth','flow.updated','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabp2x7r21fg009bc6cgmd',CAST('{"id":"evt_01m8nabpesfqx0v07mgmmnjfth","created":"2026-11-30T04:10:42.009Z","updated":"2026-11-30T04:10:42.009Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabp2x7r21fg009bc6cgmd","externalId":"flow_01m8nabp2x7r21fg009bc6cgmd","displayName":"Orders of the shop","created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.944Z"},"request":{"type":"MOVE_TO_FOLDER","request":{"revision":4,"sentence":"Moved it to the folder “Shop”","args":{"folder":"fld_01m8nabpe2rg7tf8meyxjwpbys"}}}}}' AS BLOB),'[]','2026-11-30T04:10:42.009Z');
INSERT INTO "events" VALUES('evt_01m8nabpet7a2tysnvyf2v5a58','flow.updated','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabp2x7r21fg009bc6cgmd',CAST('{"id":"evt_01m8nabpet7a2tysnvyf2v5a58","created":"2026-11-30T04:10:42.010Z","updated":"2026-11-30T04:10:42.010Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabp2x7r21fg009bc6cgmd","externalId":"flow_01m8nabp2x7r21fg009bc6cgmd","displayName":"Orders of the shop","created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.944Z"},"request":{"type":"SET_TAGS","request":{"revision":4,"sentence":"Set its tags to shop","args":{"tags":["shop"]}}}}}' AS BLOB),'[]','2026-11-30T04:10:42.010Z');
INSERT INTO "events" VALUES('evt_01m8nabpfmg224rsbjyx4bn5vy','flow.created','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpfmxzez441hetmq6g26',CAST('{"id":"evt_01m8nabpfmg224rsbjyx4bn5vy","created":"2026-11-30T04:10:42.036Z","updated":"2026-11-30T04:10:42.036Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpfmxzez441hetmq6g26","externalId":"flow_01m8nabpfmxzez441hetmq6g26","displayName":"Agents","created":"2026-11-30T04:10:42.036Z","updated":"2026-11-30T04:10:42.036Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.036Z');
INSERT INTO "events" VALUES('evt_01m8nabpg980k4bt19v7pq1z56','flow.published','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpfmxzez441hetmq6g26',CAST('{"id":"evt_01m8nabpg980k4bt19v7pq1z56","created":"2026-11-30T04:10:42.057Z","updated":"2026-11-30T04:10:42.057Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpfmxzez441hetmq6g26","externalId":"flow_01m8nabpfmxzez441hetmq6g26","displayName":"Agents","created":"2026-11-30T04:10:42.036Z","updated":"2026-11-30T04:10:42.056Z"},"flowVersion":{"id":"ver_01m8nabpg8gdkmx5hkgt7f0s87","displayName":"Agents","flowId":"flow_01m8nabpfmxzez441hetmq6g26","number":1,"created":"2026-11-30T04:10:42.036Z","updated":"2026-11-30T04:10:42.056Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.057Z');
INSERT INTO "events" VALUES('evt_01m8nabpg9j122kt2zptbbpdha','flow.activated','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpfmxzez441hetmq6g26',CAST('{"id":"evt_01m8nabpg9j122kt2zptbbpdha","created":"2026-11-30T04:10:42.057Z","updated":"2026-11-30T04:10:42.057Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpfmxzez441hetmq6g26","externalId":"flow_01m8nabpfmxzez441hetmq6g26","displayName":"Agents","created":"2026-11-30T04:10:42.036Z","updated":"2026-11-30T04:10:42.057Z"},"flowVersion":{"id":"ver_01m8nabpg8gdkmx5hkgt7f0s87","displayName":"Agents","flowId":"flow_01m8nabpfmxzez441hetmq6g26","number":1,"created":"2026-11-30T04:10:42.036Z","updated":"2026-11-30T04:10:42.057Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.057Z');
INSERT INTO "events" VALUES('evt_01m8nabpgnbb6khgrffc8tw002','flow.created','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpgm2t7vv7ed46trvk6c',CAST('{"id":"evt_01m8nabpgnbb6khgrffc8tw002","created":"2026-11-30T04:10:42.069Z","updated":"2026-11-30T04:10:42.069Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpgm2t7vv7ed46trvk6c","externalId":"flow_01m8nabpgm2t7vv7ed46trvk6c","displayName":"Reader","created":"2026-11-30T04:10:42.068Z","updated":"2026-11-30T04:10:42.068Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.069Z');
INSERT INTO "events" VALUES('evt_01m8nabpgv7p3sgk44v7v3q601','flow.published','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpgm2t7vv7ed46trvk6c',CAST('{"id":"evt_01m8nabpgv7p3sgk44v7v3q601","created":"2026-11-30T04:10:42.075Z","updated":"2026-11-30T04:10:42.075Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpgm2t7vv7ed46trvk6c","externalId":"flow_01m8nabpgm2t7vv7ed46trvk6c","displayName":"Reader","created":"2026-11-30T04:10:42.068Z","updated":"2026-11-30T04:10:42.075Z"},"flowVersion":{"id":"ver_01m8nabpgtht4ffxryp9qxpftb","displayName":"Reader","flowId":"flow_01m8nabpgm2t7vv7ed46trvk6c","number":1,"created":"2026-11-30T04:10:42.068Z","updated":"2026-11-30T04:10:42.075Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.075Z');
INSERT INTO "events" VALUES('evt_01m8nabpgwmxg4mq8zcm07k30z','flow.activated','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpgm2t7vv7ed46trvk6c',CAST('{"id":"evt_01m8nabpgwmxg4mq8zcm07k30z","created":"2026-11-30T04:10:42.076Z","updated":"2026-11-30T04:10:42.076Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpgm2t7vv7ed46trvk6c","externalId":"flow_01m8nabpgm2t7vv7ed46trvk6c","displayName":"Reader","created":"2026-11-30T04:10:42.068Z","updated":"2026-11-30T04:10:42.075Z"},"flowVersion":{"id":"ver_01m8nabpgtht4ffxryp9qxpftb","displayName":"Reader","flowId":"flow_01m8nabpgm2t7vv7ed46trvk6c","number":1,"created":"2026-11-30T04:10:42.068Z","updated":"2026-11-30T04:10:42.075Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.076Z');
INSERT INTO "events" VALUES('evt_01m8nabpjw447r6dqfdp2xqzjw','flow.created','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpjw0bwx8fs1h73q8qh8',CAST('{"id":"evt_01m8nabpjw447r6dqfdp2xqzjw","created":"2026-11-30T04:10:42.140Z","updated":"2026-11-30T04:10:42.140Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpjw0bwx8fs1h73q8qh8","externalId":"flow_01m8nabpjw0bwx8fs1h73q8qh8","displayName":"Switched off","created":"2026-11-30T04:10:42.140Z","updated":"2026-11-30T04:10:42.140Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.140Z');
INSERT INTO "events" VALUES('evt_01m8nabpk3v3ph52h31wvh3fgb','flow.published','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpjw0bwx8fs1h73q8qh8',CAST('{"id":"evt_01m8nabpk3v3ph52h31wvh3fgb","created":"2026-11-30T04:10:42.147Z","updated":"2026-11-30T04:10:42.147Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpjw0bwx8fs1h73q8qh8","externalId":"flow_01m8nabpjw0bwx8fs1h73q8qh8","displayName":"Switched off","created":"2026-11-30T04:10:42.140Z","updated":"2026-11-30T04:10:42.147Z"},"flowVersion":{"id":"ver_01m8nabpk39wknbkgnxa3qbmgj","displayName":"Switched off","flowId":"flow_01m8nabpjw0bwx8fs1h73q8qh8","number":1,"created":"2026-11-30T04:10:42.140Z","updated":"2026-11-30T04:10:42.147Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.147Z');
INSERT INTO "events" VALUES('evt_01m8nabpk40n8yqqf7fs8dew2r','flow.activated','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpjw0bwx8fs1h73q8qh8',CAST('{"id":"evt_01m8nabpk40n8yqqf7fs8dew2r","created":"2026-11-30T04:10:42.148Z","updated":"2026-11-30T04:10:42.148Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpjw0bwx8fs1h73q8qh8","externalId":"flow_01m8nabpjw0bwx8fs1h73q8qh8","displayName":"Switched off","created":"2026-11-30T04:10:42.140Z","updated":"2026-11-30T04:10:42.147Z"},"flowVersion":{"id":"ver_01m8nabpk39wknbkgnxa3qbmgj","displayName":"Switched off","flowId":"flow_01m8nabpjw0bwx8fs1h73q8qh8","number":1,"created":"2026-11-30T04:10:42.140Z","updated":"2026-11-30T04:10:42.147Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.148Z');
INSERT INTO "events" VALUES('evt_01m8nabpk8ca5pnmwkq75w4j3v','flow.deactivated','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpjw0bwx8fs1h73q8qh8',CAST('{"id":"evt_01m8nabpk8ca5pnmwkq75w4j3v","created":"2026-11-30T04:10:42.152Z","updated":"2026-11-30T04:10:42.152Z","action":"flow.deactivated","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpjw0bwx8fs1h73q8qh8","externalId":"flow_01m8nabpjw0bwx8fs1h73q8qh8","displayName":"Switched off","created":"2026-11-30T04:10:42.140Z","updated":"2026-11-30T04:10:42.151Z"},"flowVersion":{"id":"ver_01m8nabpk39wknbkgnxa3qbmgj","displayName":"Switched off","flowId":"flow_01m8nabpjw0bwx8fs1h73q8qh8","number":1,"created":"2026-11-30T04:10:42.140Z","updated":"2026-11-30T04:10:42.151Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.152Z');
INSERT INTO "events" VALUES('evt_01m8nabpkepn1pnw4h7asdt9a4','flow.created','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpkdgwxhv5vvwj803rar',CAST('{"id":"evt_01m8nabpkepn1pnw4h7asdt9a4","created":"2026-11-30T04:10:42.158Z","updated":"2026-11-30T04:10:42.158Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpkdgwxhv5vvwj803rar","externalId":"flow_01m8nabpkdgwxhv5vvwj803rar","displayName":"Deleted","created":"2026-11-30T04:10:42.157Z","updated":"2026-11-30T04:10:42.158Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.158Z');
INSERT INTO "events" VALUES('evt_01m8nabpkrrd9ag7ppqzwdvqgb','flow.deleted','prj_01m8nabbby8vra7ne88n7jgvkr','key_01m8nabmq6b46nq11mverxk90z','flow_01m8nabpkdgwxhv5vvwj803rar',CAST('{"id":"evt_01m8nabpkrrd9ag7ppqzwdvqgb","created":"2026-11-30T04:10:42.168Z","updated":"2026-11-30T04:10:42.168Z","action":"flow.deleted","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpkdgwxhv5vvwj803rar","externalId":"flow_01m8nabpkdgwxhv5vvwj803rar","displayName":"Deleted","created":"2026-11-30T04:10:42.157Z","updated":"2026-11-30T04:10:42.158Z"}}}' AS BLOB),'[]','2026-11-30T04:10:42.168Z');
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
INSERT INTO "flow_versions" VALUES('ver_01m8nabp3tqbpdjakwptbc0fap','prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabp2x7r21fg009bc6cgmd',1,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:10:41.658Z','key_01m8nabmq6b46nq11mverxk90z');
INSERT INTO "flow_versions" VALUES('ver_83bf68d752de95398c578369b1','prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabp2x7r21fg009bc6cgmd',0,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:10:41.774Z','key_01m8nabmq6b46nq11mverxk90z');
INSERT INTO "flow_versions" VALUES('ver_01m8nabpg8gdkmx5hkgt7f0s87','prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabpfmxzez441hetmq6g26',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3','','2026-11-30T04:10:42.056Z','key_01m8nabmq6b46nq11mverxk90z');
INSERT INTO "flow_versions" VALUES('ver_01m8nabpgtht4ffxryp9qxpftb','prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabpgm2t7vv7ed46trvk6c',1,'{
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
','3be931eecb6ecbd0fc61304afc51c66254e2603dd9fd7a16a29849c9cd9c5ee0','','2026-11-30T04:10:42.074Z','key_01m8nabmq6b46nq11mverxk90z');
INSERT INTO "flow_versions" VALUES('ver_01m8nabpk39wknbkgnxa3qbmgj','prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabpjw0bwx8fs1h73q8qh8',1,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf','','2026-11-30T04:10:42.147Z','key_01m8nabmq6b46nq11mverxk90z');
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
INSERT INTO "flows" VALUES('flow_01m8nabp2x7r21fg009bc6cgmd','prj_01m8nabbby8vra7ne88n7jgvkr','Orders of the shop',1,'{
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
','1d44ca20eddf9c68d33631638c373c5f9b7ca94ad1a411bbcfb243672e760f4f',4,1,1,NULL,'fld_01m8nabpe2rg7tf8meyxjwpbys','["shop"]','2026-11-30T04:10:41.629Z','2026-11-30T04:10:41.944Z','key_01m8nabmq6b46nq11mverxk90z',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8nabpfmxzez441hetmq6g26','prj_01m8nabbby8vra7ne88n7jgvkr','Agents',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3',1,0,1,'deck',NULL,'[]','2026-11-30T04:10:42.036Z','2026-11-30T04:10:42.057Z','key_01m8nabmq6b46nq11mverxk90z',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8nabpgm2t7vv7ed46trvk6c','prj_01m8nabbby8vra7ne88n7jgvkr','Reader',1,'{
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
','3be931eecb6ecbd0fc61304afc51c66254e2603dd9fd7a16a29849c9cd9c5ee0',1,0,1,NULL,NULL,'[]','2026-11-30T04:10:42.068Z','2026-11-30T04:10:42.075Z','key_01m8nabmq6b46nq11mverxk90z',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8nabpjw0bwx8fs1h73q8qh8','prj_01m8nabbby8vra7ne88n7jgvkr','Switched off',0,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf',1,0,1,NULL,NULL,'[]','2026-11-30T04:10:42.140Z','2026-11-30T04:10:42.151Z','key_01m8nabmq6b46nq11mverxk90z',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8nabpkdgwxhv5vvwj803rar','prj_01m8nabbby8vra7ne88n7jgvkr','Deleted',0,'{
  "format": 1,
  "name": "Deleted",
  "triggers": [],
  "start": null,
  "steps": {}
}
','7f21905ccfc50d17daf3a3782672a7e97196b4829ee62e9cb5735dc98c22d699',1,0,NULL,NULL,NULL,'[]','2026-11-30T04:10:42.157Z','2026-11-30T04:10:42.158Z','key_01m8nabmq6b46nq11mverxk90z','2026-11-30T04:10:42.167Z','key_01m8nabmq6b46nq11mverxk90z');
CREATE TABLE folders (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "folders" VALUES('fld_01m8nabpe2rg7tf8meyxjwpbys','prj_01m8nabbby8vra7ne88n7jgvkr','Shop','2026-11-30T04:10:41.986Z','2026-11-30T04:10:41.986Z');
CREATE TABLE journal (
	run_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	records BLOB NOT NULL,
	PRIMARY KEY (run_id, number)
);
INSERT INTO "journal" VALUES('run_01m8nabp4k7vrhdv7y0sjszvn6',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}},{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"order paid"},"output":"order paid","ms":4.86},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"order paid"}},"output":{"order":"order paid"},"ms":0.09}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nabp5fwy1qcs3wbzs1njc5',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"later","branches":["Later"]},"branch":"Later","input":{"key":"later"}},{"name":"wait","type":"action","status":"waiting","piece":"delay","action":"delay_for","attempts":1,"input":{"duration":9,"unit":"days"},"resume_at":1796789441.7204266,"state":{"since":"2026-11-30T04:10:41.720Z","until":"2026-12-09T04:10:41.720Z"},"ms":0.2}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nabp5s86n3h5erdtx9784x',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"broken","branches":["Broken"]},"branch":"Broken","input":{"key":"broken"}},{"name":"call","type":"action","status":"failed","piece":"http","action":"request","attempts":1,"input":{"method":"GET","url":"http://127.0.0.1:9/refused"},"error":{"kind":"address_refused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"},"log":[{"number":1,"started":"2026-11-30T04:10:41.732Z","ms":0.9,"error":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}],"ms":0.92}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nabp6c8yd4fj0bvdne9vvs',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"unheard of","branches":[]},"unrouted":true,"input":{"key":"unheard of"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nabp84hmtne0315sy7em0k',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nabp84hmtne0315sy7em0k',1,CAST('[{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"o-1"},"output":"o-1","ms":2.05},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.08}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nabph6vmrfcbkf76cxg4sw',0,CAST('[{"name":"note","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.1}]' AS BLOB));
CREATE TABLE members (
	project_id VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	PRIMARY KEY (project_id, user_id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "members" VALUES('prj_01m8nabbby8vra7ne88n7jgvkr','usr_01m8nabc0tvtfnjcz54ew7ffnq','admin');
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
INSERT INTO "projects" VALUES('prj_01m8nabbby8vra7ne88n7jgvkr','Default','2026-11-30T04:10:30.654Z');
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
INSERT INTO "run_payloads" VALUES('run_01m8nabp4k7vrhdv7y0sjszvn6',CAST('{"method":"POST","headers":{"host":"127.0.0.1:54267","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=e0178a6491e6dc4a91c7602c81f51bf5ab713da44b7c0ffab85101077bb08172","content-length":"36"},"query":{},"body":{"kind": "paid", "id": "order paid"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nabp5fwy1qcs3wbzs1njc5',CAST('{"method":"POST","headers":{"host":"127.0.0.1:54267","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=74fbf3832144052578f24d15a9b90deea9ad81858f65424cd3411fa0920dff83","content-length":"38"},"query":{},"body":{"kind": "later", "id": "order later"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nabp5s86n3h5erdtx9784x',CAST('{"method":"POST","headers":{"host":"127.0.0.1:54267","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8d39d9b49d14b5596da06970fc98d7fbca8e0a1402d3661f2e919c2ce792295e","content-length":"40"},"query":{},"body":{"kind": "broken", "id": "order broken"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nabp6c8yd4fj0bvdne9vvs',CAST('{"method":"POST","headers":{"host":"127.0.0.1:54267","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8c6c5cd2fe594abad4229957d53e1f683e729843a9c1a7b348ffccdb19dfd021","content-length":"48"},"query":{},"body":{"kind": "unheard of", "id": "order unheard of"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nabp84hmtne0315sy7em0k',CAST('{"method":"POST","headers":{},"query":{},"body":{"kind":"paid","id":"o-1"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nabph6vmrfcbkf76cxg4sw',CAST('{"method":"TOPIC","headers":{},"query":{},"topic":"orders.new","message_id":"msg_01m8nabpgzr0xnxnar45rh3j8k","published":"2026-11-30T04:10:42.079Z","body":{"order":"o-1"}}' AS BLOB));
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
INSERT INTO "runs" VALUES('run_01m8nabp4k7vrhdv7y0sjszvn6','prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabp2x7r21fg009bc6cgmd','ver_01m8nabp3tqbpdjakwptbc0fap',1,'production','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,5,'2026-11-30T04:10:41.683Z','2026-11-30T04:10:41.687Z','2026-11-30T04:10:41.692Z');
INSERT INTO "runs" VALUES('run_01m8nabp5fwy1qcs3wbzs1njc5','prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabp2x7r21fg009bc6cgmd','ver_01m8nabp3tqbpdjakwptbc0fap',1,'production','webhook','waiting',0,0,0,'["by_kind:Later","wait"]',NULL,NULL,'[]',NULL,NULL,'2026-12-09T04:10:41.720Z',0,'2026-11-30T04:10:41.711Z','2026-11-30T04:10:41.720Z',NULL);
INSERT INTO "runs" VALUES('run_01m8nabp5s86n3h5erdtx9784x','prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabp2x7r21fg009bc6cgmd','ver_01m8nabp3tqbpdjakwptbc0fap',1,'production','webhook','failed',0,0,0,'["by_kind:Broken","call"]','{"step":"call","kind":"address_refused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}',NULL,'[]',NULL,NULL,NULL,1,'2026-11-30T04:10:41.721Z','2026-11-30T04:10:41.732Z','2026-11-30T04:10:41.733Z');
INSERT INTO "runs" VALUES('run_01m8nabp6c8yd4fj0bvdne9vvs','prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabp2x7r21fg009bc6cgmd','ver_01m8nabp3tqbpdjakwptbc0fap',1,'production','webhook','succeeded',1,0,0,'["by_kind"]',NULL,NULL,'[]',NULL,NULL,NULL,0,'2026-11-30T04:10:41.740Z','2026-11-30T04:10:41.762Z','2026-11-30T04:10:41.762Z');
INSERT INTO "runs" VALUES('run_01m8nabp84hmtne0315sy7em0k','prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabp2x7r21fg009bc6cgmd','ver_83bf68d752de95398c578369b1',0,'test','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,13,'2026-11-30T04:10:41.796Z','2026-11-30T04:10:41.806Z','2026-11-30T04:10:41.813Z');
INSERT INTO "runs" VALUES('run_01m8nabph6vmrfcbkf76cxg4sw','prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabpgm2t7vv7ed46trvk6c','ver_01m8nabpgtht4ffxryp9qxpftb',1,'production','news','succeeded',0,0,0,'["note"]',NULL,NULL,'[]',NULL,NULL,NULL,1,'2026-11-30T04:10:42.086Z','2026-11-30T04:10:42.088Z','2026-11-30T04:10:42.090Z');
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
INSERT INTO "store_items" VALUES('prj_01m8nabbby8vra7ne88n7jgvkr','flow_01m8nabp2x7r21fg009bc6cgmd','last order','"o-1"','2026-11-30T04:10:41.812Z');
CREATE TABLE subscriptions (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	source VARCHAR NOT NULL,
	at INTEGER NOT NULL,
	generation INTEGER NOT NULL,
	PRIMARY KEY (flow_id, "trigger")
);
INSERT INTO "subscriptions" VALUES('flow_01m8nabpgm2t7vv7ed46trvk6c','news','prj_01m8nabbby8vra7ne88n7jgvkr','messages',3,1796011842081);
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
INSERT INTO "topic_messages" VALUES(1,'msg_f815ddb7b8f73fd922940b378d','prj_01m8nabbby8vra7ne88n7jgvkr','published',CAST('{"id":"evt_01m8nabp3wpa7r28sevncf2qv0","created":"2026-11-30T04:10:41.660Z","updated":"2026-11-30T04:10:41.660Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabp2x7r21fg009bc6cgmd","externalId":"flow_01m8nabp2x7r21fg009bc6cgmd","displayName":"Orders","created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.659Z"},"flowVersion":{"id":"ver_01m8nabp3tqbpdjakwptbc0fap","displayName":"Orders","flowId":"flow_01m8nabp2x7r21fg009bc6cgmd","number":1,"created":"2026-11-30T04:10:41.629Z","updated":"2026-11-30T04:10:41.659Z"}}}' AS BLOB),'destination:dst_01m8nabp26s5bjaxac9edhjk4z','[]','2026-11-30T04:10:41.686Z');
INSERT INTO "topic_messages" VALUES(2,'msg_de235f3475afb1caf65581c3f9','prj_01m8nabbby8vra7ne88n7jgvkr','published',CAST('{"id":"evt_01m8nabpg980k4bt19v7pq1z56","created":"2026-11-30T04:10:42.057Z","updated":"2026-11-30T04:10:42.057Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpfmxzez441hetmq6g26","externalId":"flow_01m8nabpfmxzez441hetmq6g26","displayName":"Agents","created":"2026-11-30T04:10:42.036Z","updated":"2026-11-30T04:10:42.056Z"},"flowVersion":{"id":"ver_01m8nabpg8gdkmx5hkgt7f0s87","displayName":"Agents","flowId":"flow_01m8nabpfmxzez441hetmq6g26","number":1,"created":"2026-11-30T04:10:42.036Z","updated":"2026-11-30T04:10:42.056Z"}}}' AS BLOB),'destination:dst_01m8nabp26s5bjaxac9edhjk4z','[]','2026-11-30T04:10:42.069Z');
INSERT INTO "topic_messages" VALUES(3,'msg_01m8nabpgzr0xnxnar45rh3j8k','prj_01m8nabbby8vra7ne88n7jgvkr','orders.new',CAST('{"order":"o-1"}' AS BLOB),'api:filler','[]','2026-11-30T04:10:42.079Z');
INSERT INTO "topic_messages" VALUES(4,'msg_631c19ae213914c5b45376a986','prj_01m8nabbby8vra7ne88n7jgvkr','published',CAST('{"id":"evt_01m8nabpgv7p3sgk44v7v3q601","created":"2026-11-30T04:10:42.075Z","updated":"2026-11-30T04:10:42.075Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpgm2t7vv7ed46trvk6c","externalId":"flow_01m8nabpgm2t7vv7ed46trvk6c","displayName":"Reader","created":"2026-11-30T04:10:42.068Z","updated":"2026-11-30T04:10:42.075Z"},"flowVersion":{"id":"ver_01m8nabpgtht4ffxryp9qxpftb","displayName":"Reader","flowId":"flow_01m8nabpgm2t7vv7ed46trvk6c","number":1,"created":"2026-11-30T04:10:42.068Z","updated":"2026-11-30T04:10:42.075Z"}}}' AS BLOB),'destination:dst_01m8nabp26s5bjaxac9edhjk4z','[]','2026-11-30T04:10:42.082Z');
INSERT INTO "topic_messages" VALUES(5,'msg_a869f58798415a3f5063cb174d','prj_01m8nabbby8vra7ne88n7jgvkr','published',CAST('{"id":"evt_01m8nabpk3v3ph52h31wvh3fgb","created":"2026-11-30T04:10:42.147Z","updated":"2026-11-30T04:10:42.147Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nabbby8vra7ne88n7jgvkr","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nabmq6b46nq11mverxk90z","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nabpjw0bwx8fs1h73q8qh8","externalId":"flow_01m8nabpjw0bwx8fs1h73q8qh8","displayName":"Switched off","created":"2026-11-30T04:10:42.140Z","updated":"2026-11-30T04:10:42.147Z"},"flowVersion":{"id":"ver_01m8nabpk39wknbkgnxa3qbmgj","displayName":"Switched off","flowId":"flow_01m8nabpjw0bwx8fs1h73q8qh8","number":1,"created":"2026-11-30T04:10:42.140Z","updated":"2026-11-30T04:10:42.147Z"}}}' AS BLOB),'destination:dst_01m8nabp26s5bjaxac9edhjk4z','[]','2026-11-30T04:10:42.165Z');
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
INSERT INTO "users" VALUES('usr_01m8nabc0tvtfnjcz54ew7ffnq','admin@example.com','admin','$argon2id$v=19$m=65536,t=3,p=4$lGsRNo9SDrVLfhIUwEDX0g$l5JJDeBZGwoNCfIhUWnZSmEjb4GqqONT2+PL3ja/gJI',1,0,'2026-11-30T04:10:31.322Z',NULL);
CREATE INDEX runs_by_project ON runs (project_id, id);
CREATE INDEX runs_ended_badly ON runs (project_id, id) WHERE status IN ('failed', 'timed_out', 'canceled');
CREATE INDEX runs_open ON runs (status, flow_id) WHERE status IN ('queued', 'running', 'waiting');
CREATE INDEX runs_of_drafts ON runs (version_id) WHERE version = 0;
CREATE INDEX runs_by_flow ON runs (flow_id, id);
CREATE INDEX runs_by_parent ON runs (parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX runs_resume ON runs (resume_at) WHERE status = 'waiting';
CREATE INDEX runs_unrouted ON runs (project_id, id) WHERE unrouted;
CREATE INDEX dedupe_by_age ON dedupe (created);
CREATE INDEX events_by_user ON events (user_id, id, project_id, action, flow_id) WHERE user_id IS NOT NULL;
CREATE INDEX events_by_project_action ON events (project_id, action, id, user_id, flow_id);
CREATE INDEX events_by_flow ON events (flow_id, id, project_id, action, user_id) WHERE flow_id IS NOT NULL;
CREATE INDEX events_by_project ON events (project_id, id, action, user_id, flow_id);
CREATE INDEX events_by_action ON events (action, id, user_id, flow_id);
CREATE INDEX destinations_by_project ON destinations (project_id, id);
CREATE INDEX deliveries_held ON deliveries (destination_id, id) WHERE status = 'held';
CREATE INDEX deliveries_of_key ON deliveries (destination_id, order_key, id) WHERE status = 'pending' AND order_key IS NOT NULL;
CREATE INDEX deliveries_due ON deliveries (destination_id, next_at, id) WHERE status = 'pending';
CREATE INDEX deliveries_in_order ON deliveries (destination_id, id) WHERE status = 'pending' AND order_key IS NOT NULL;
CREATE INDEX deliveries_dead ON deliveries (destination_id, id) WHERE status = 'dead';
CREATE INDEX deliveries_by_destination ON deliveries (destination_id, id);
CREATE INDEX deliveries_of_event ON deliveries (event_id);
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
CREATE INDEX flows_deleted ON flows (deleted) WHERE deleted IS NOT NULL;
CREATE INDEX flows_by_folder ON flows (folder_id);
CREATE INDEX flows_by_project ON flows (project_id, id);
CREATE UNIQUE INDEX draft_edits_by_number ON draft_edits (flow_id, number);
CREATE UNIQUE INDEX flow_drafts_by_digest ON flow_versions (flow_id, digest) WHERE number = 0;
CREATE UNIQUE INDEX flow_versions_by_number ON flow_versions (flow_id, number) WHERE number > 0;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('topic_messages',5);
COMMIT;
PRAGMA user_version=6;
