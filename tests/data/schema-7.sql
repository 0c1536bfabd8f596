-- A store of schema 7 (f4c9e4c).
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
INSERT INTO "api_keys" VALUES('key_01m8nacaeybkcmne9wsyb5k4qs','prj_01m8nac20z3byazv2mpn16ahyy','filler','admin','986ed11ba7d97b3d471a878b3aed48e6a082ee2c62bc3fc90111f9fadf8da7ca','TP41','2026-11-30T04:11:02.494Z',NULL,'2026-11-30T04:11:03.728Z');
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
INSERT INTO "catalogues" VALUES('cat_01m8nacbqzszwayaynnznz46ac','prj_01m8nac20z3byazv2mpn16ahyy','shop','{"title":"Shop","vendor":"Shop","discriminator":"type","verify":{"scheme":"none"},"verify_note":"","events":[{"name":"order.created","group":"Order","description":"","sample":{"type":"order.created"},"variants":[]},{"name":"order.paid","group":"Order","description":"","sample":{"type":"order.paid"},"variants":[]}]}','samples','2026-11-30T04:11:03.789Z','2026-11-30T04:11:03.789Z');
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
INSERT INTO "connections" VALUES('con_01m8nacbpqbhns1t9kjtcmbbaq','prj_01m8nac20z3byazv2mpn16ahyy','orders-signing','webhook',X'01EB6EBEAAB8039BD28A97E68748CD2569D36DBCB00B09A78CDE7F31B3E0FC028DEA869E8D0C39AE0214909F132409253FD7A67F6AEA38E006DDCDDC3A47CA6536','unchecked',NULL,'2026-11-30T04:11:03.767Z','2026-11-30T04:11:03.767Z',NULL);
CREATE TABLE cursors (
	name VARCHAR NOT NULL,
	at INTEGER NOT NULL,
	event_id VARCHAR NOT NULL,
	PRIMARY KEY (name)
);
INSERT INTO "cursors" VALUES('destinations',30,'evt_01m8naccvh11k0dyr3bz2xdrpy');
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
INSERT INTO "dedupe" VALUES('flow_01m8nacbxgfypdsm1a1p5w7w3t','own:order paid','run_01m8nacc3h1p80vhb68pzsvz09','2026-11-30T04:11:04.177Z');
INSERT INTO "dedupe" VALUES('flow_01m8nacbxgfypdsm1a1p5w7w3t','own:order later','run_01m8nacc602tmxhc3hx4s1h5ad','2026-11-30T04:11:04.256Z');
INSERT INTO "dedupe" VALUES('flow_01m8nacbxgfypdsm1a1p5w7w3t','own:order broken','run_01m8nacc6fqsrvwp3h634xp1ny','2026-11-30T04:11:04.271Z');
INSERT INTO "dedupe" VALUES('flow_01m8nacbxgfypdsm1a1p5w7w3t','own:order unheard of','run_01m8nacc73rvaptp68be8630f2','2026-11-30T04:11:04.291Z');
INSERT INTO "dedupe" VALUES('flow_01m8nacche2x64aan1jm6z956v','feed:news:1796011864656:msg_01m8naccj4k2bmdg7qpd6eefet','run_01m8naccmyfd7arwmjsg0mpd44','2026-11-30T04:11:04.734Z');
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
INSERT INTO "deliveries" VALUES('dlv_01m8nacbyy000001325yk0d25t','dst_01m8nacbrthbavdx6w06tjrf0x','prj_01m8nac20z3byazv2mpn16ahyy','evt_01m8nacbyym5ed0rqb4d7bew8e','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:04.030Z','2026-11-30T04:11:04.195Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nacbyy000002325yk0d25t','dst_01m8nacbt66dtyqz1ehxb6ddwa','prj_01m8nac20z3byazv2mpn16ahyy','evt_01m8nacbyym5ed0rqb4d7bew8e','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:04.030Z','2026-11-30T04:11:04.195Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nacch5000001bma9x9e61h','dst_01m8nacbrthbavdx6w06tjrf0x','prj_01m8nac20z3byazv2mpn16ahyy','evt_01m8nacch5h98jsd6zb3cdgze8','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:04.613Z','2026-11-30T04:11:04.625Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nacch5000002bma9x9e61h','dst_01m8nacbt66dtyqz1ehxb6ddwa','prj_01m8nac20z3byazv2mpn16ahyy','evt_01m8nacch5h98jsd6zb3cdgze8','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:04.613Z','2026-11-30T04:11:04.629Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nacchw000001qf55becz3n','dst_01m8nacbrthbavdx6w06tjrf0x','prj_01m8nac20z3byazv2mpn16ahyy','evt_01m8nacchwgdvkd12n10negvxc','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:04.636Z','2026-11-30T04:11:04.734Z');
INSERT INTO "deliveries" VALUES('dlv_01m8nacchw000002qf55becz3n','dst_01m8nacbt66dtyqz1ehxb6ddwa','prj_01m8nac20z3byazv2mpn16ahyy','evt_01m8nacchwgdvkd12n10negvxc','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:04.636Z','2026-11-30T04:11:04.659Z');
INSERT INTO "deliveries" VALUES('dlv_01m8naccs3000001hhhf4dn181','dst_01m8nacbrthbavdx6w06tjrf0x','prj_01m8nac20z3byazv2mpn16ahyy','evt_01m8naccs3w2es6djvj8x00tt4','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:04.867Z','2026-11-30T04:11:04.917Z');
INSERT INTO "deliveries" VALUES('dlv_01m8naccs3000002hhhf4dn181','dst_01m8nacbt66dtyqz1ehxb6ddwa','prj_01m8nac20z3byazv2mpn16ahyy','evt_01m8naccs3w2es6djvj8x00tt4','flow.published','delivered','',NULL,1,1,NULL,'2026-11-30T04:11:04.867Z','2026-11-30T04:11:04.920Z');
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
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nacbyy000002325yk0d25t',1,'dst_01m8nacbt66dtyqz1ehxb6ddwa','2026-11-30T04:11:04.136Z','ok',NULL,NULL,17.21,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":17.21}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nacbyy000001325yk0d25t',1,'dst_01m8nacbrthbavdx6w06tjrf0x','2026-11-30T04:11:04.127Z','ok',NULL,NULL,17.59,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":17.59}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8nacbyym5ed0rqb4d7bew8e\",\"created\":\"2026-11-30T04:11:04.030Z\",\"updated\":\"2026-11-30T04:11:04.030Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nac20z3byazv2mpn16ahyy\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nacaeybkcmne9wsyb5k4qs\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8nacbxgfypdsm1a1p5w7w3t\",\"externalId\":\"flow_01m8nacbxgfypdsm1a1p5w7w3t\",\"displayName\":\"Orders\",\"created\":\"2026-11-30T04:11:03.984Z\",\"updated\":\"2026-11-30T04:11:04.030Z\"},\"flowVersion\":{\"id\":\"ver_01m8nacbyxmc9ej1ve5n3k8tkb\",\"displayName\":\"Orders\",\"flowId\":\"flow_01m8nacbxgfypdsm1a1p5w7w3t\",\"number\":1,\"created\":\"2026-11-30T04:11:03.984Z\",\"updated\":\"2026-11-30T04:11:04.030Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nacch5000001bma9x9e61h',1,'dst_01m8nacbrthbavdx6w06tjrf0x','2026-11-30T04:11:04.622Z','ok',NULL,NULL,2.34,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":2.34}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8nacch5h98jsd6zb3cdgze8\",\"created\":\"2026-11-30T04:11:04.613Z\",\"updated\":\"2026-11-30T04:11:04.613Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nac20z3byazv2mpn16ahyy\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nacaeybkcmne9wsyb5k4qs\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8nacch08m6j9pcne25058v7\",\"externalId\":\"flow_01m8nacch08m6j9pcne25058v7\",\"displayName\":\"Agents\",\"created\":\"2026-11-30T04:11:04.608Z\",\"updated\":\"2026-11-30T04:11:04.613Z\"},\"flowVersion\":{\"id\":\"ver_01m8nacch5tv2gqn3866vbb33c\",\"displayName\":\"Agents\",\"flowId\":\"flow_01m8nacch08m6j9pcne25058v7\",\"number\":1,\"created\":\"2026-11-30T04:11:04.608Z\",\"updated\":\"2026-11-30T04:11:04.613Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nacch5000002bma9x9e61h',1,'dst_01m8nacbt66dtyqz1ehxb6ddwa','2026-11-30T04:11:04.622Z','ok',NULL,NULL,7.21,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":7.21}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nacchw000002qf55becz3n',1,'dst_01m8nacbt66dtyqz1ehxb6ddwa','2026-11-30T04:11:04.656Z','ok',NULL,NULL,2.22,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":2.22}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8nacchw000001qf55becz3n',1,'dst_01m8nacbrthbavdx6w06tjrf0x','2026-11-30T04:11:04.656Z','ok',NULL,NULL,77.42,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":77.42}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8nacchwgdvkd12n10negvxc\",\"created\":\"2026-11-30T04:11:04.636Z\",\"updated\":\"2026-11-30T04:11:04.636Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nac20z3byazv2mpn16ahyy\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nacaeybkcmne9wsyb5k4qs\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8nacche2x64aan1jm6z956v\",\"externalId\":\"flow_01m8nacche2x64aan1jm6z956v\",\"displayName\":\"Reader\",\"created\":\"2026-11-30T04:11:04.622Z\",\"updated\":\"2026-11-30T04:11:04.636Z\"},\"flowVersion\":{\"id\":\"ver_01m8nacchwx2vbtyqptca0dkfv\",\"displayName\":\"Reader\",\"flowId\":\"flow_01m8nacche2x64aan1jm6z956v\",\"number\":1,\"created\":\"2026-11-30T04:11:04.622Z\",\"updated\":\"2026-11-30T04:11:04.636Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8naccs3000001hhhf4dn181',1,'dst_01m8nacbrthbavdx6w06tjrf0x','2026-11-30T04:11:04.895Z','ok',NULL,NULL,22.11,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":22.11}',CAST('{"headers":{},"body":"{\"id\":\"evt_01m8naccs3w2es6djvj8x00tt4\",\"created\":\"2026-11-30T04:11:04.867Z\",\"updated\":\"2026-11-30T04:11:04.867Z\",\"action\":\"flow.published\",\"platformId\":\"switchyard\",\"projectId\":\"prj_01m8nac20z3byazv2mpn16ahyy\",\"projectDisplayName\":\"Default\",\"ip\":\"127.0.0.1\",\"apiKeyId\":\"key_01m8nacaeybkcmne9wsyb5k4qs\",\"apiKeyName\":\"filler\",\"data\":{\"flow\":{\"id\":\"flow_01m8naccr7yf9g9s8tg8zw2s7p\",\"externalId\":\"flow_01m8naccr7yf9g9s8tg8zw2s7p\",\"displayName\":\"Switched off\",\"created\":\"2026-11-30T04:11:04.839Z\",\"updated\":\"2026-11-30T04:11:04.866Z\"},\"flowVersion\":{\"id\":\"ver_01m8naccs2ez2ww455f2frta2d\",\"displayName\":\"Switched off\",\"flowId\":\"flow_01m8naccr7yf9g9s8tg8zw2s7p\",\"number\":1,\"created\":\"2026-11-30T04:11:04.839Z\",\"updated\":\"2026-11-30T04:11:04.866Z\"}}}\n"}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
INSERT INTO "delivery_attempts" VALUES('dlv_01m8naccs3000002hhhf4dn181',1,'dst_01m8nacbt66dtyqz1ehxb6ddwa','2026-11-30T04:11:04.895Z','ok',NULL,NULL,25.37,'{"dns_ms":null,"connect_ms":null,"tls_ms":null,"first_byte_ms":null,"total_ms":25.37}',CAST('{"headers":{},"body":null}' AS BLOB),CAST('{"headers":{},"body":""}' AS BLOB),NULL,'',0);
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
INSERT INTO "destinations" VALUES('dst_01m8nacbrthbavdx6w06tjrf0x','prj_01m8nac20z3byazv2mpn16ahyy','File','file','events','["flow.published"]','raw',X'01EB6EBEAA71BFD690D2103B5A4A4BBED6907A9E0DF3690BADF845B85F6FDF906BF2035236DE7745A3894E831D4562F443469B866A78498EC712AC14AFA1258A',X'01EB6EBEAAD0CA59058CCBC22755FC2B09F9D7ED9604BE87CD9A654362284603B2F18DDE773B3401ACC2BDCC52C6DBD3A0250F43CE05029E709E8FFD9F2A05071559CA2F685F5CF8AD78CF97AE90D85D0206BCE39096B9FC6F5E724F53227B41BF7DAD57A468905627DC95E06FCE7431B37702C78F12A92F8D5E1EEADB823951BFA586012951C99729425295020EAF66FFAFF38D58261E6C2F13734B7F82A1429945BCF639C3C15BDD82E3D5CA4D4FE2DC31FA55EEA1A4856992D03DAED64A22FD0CE10302500F7B04F80C64F636671789E1192F47D06325A6','none','active','','{"rate_per_s":null,"concurrency":4,"order_key":"","timeout_s":15.0,"batch_size":100,"disable_after_h":120.0}',NULL,'2026-11-30T04:11:04.195Z',NULL,NULL,'2026-11-30T04:11:03.834Z','2026-11-30T04:11:03.834Z');
INSERT INTO "destinations" VALUES('dst_01m8nacbt66dtyqz1ehxb6ddwa','prj_01m8nac20z3byazv2mpn16ahyy','Topic','topic','published','["flow.published"]','raw',X'01EB6EBEAA90F13EAC45B000345DFED9AE70640703202D968F0D0DCAD687FDBD7CA7BBED038E148C3E19620B719AA1B6437F3890F84DD8C51DA1CE66995D965C',X'01EB6EBEAA9FF8B29D54C31402E7C3A3EE3123BAF883D2BC4EA7FA0B316AA4B320BB9552ECCFDB88EC151F4A32C5A3983DA36136F0678B631ACBD0DD9E9BC3203D91562412A2B499F546E1903F0E2711968C821A0FEB3ADDFE1249E0E6F98591C550B5156CBAF5DBF32828A71C4D4B1D2820F7F299AD17B88D4857BE3EA439E55CA88F46383462396919D1274CB14DCD1F8A687DA49F1FC83C187598FB5E48100C50A0EBC643EDC1668469071CAC891716FF42862EB0DBF82098038E6D83FB4067B12A6750D349CE532A8FBBA7040D077DBB1278645180A077','none','active','','{"rate_per_s":null,"concurrency":4,"order_key":"","timeout_s":15.0,"batch_size":100,"disable_after_h":120.0}',NULL,'2026-11-30T04:11:04.195Z',NULL,NULL,'2026-11-30T04:11:03.878Z','2026-11-30T04:11:03.878Z');
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
INSERT INTO "draft_edits" VALUES('edt_01m8naccd8f1srvkds4h14q4sd','flow_01m8nacbxgfypdsm1a1p5w7w3t','prj_01m8nac20z3byazv2mpn16ahyy',1,'set_name','Renamed the flow to “Orders of the shop”','{"name":"Orders of the shop"}',34,'',' of the shop',2,'key_01m8nacaeybkcmne9wsyb5k4qs','2026-11-30T04:11:04.488Z');
INSERT INTO "draft_edits" VALUES('edt_01m8naccdwaf5hzjy0g0j39emt','flow_01m8nacbxgfypdsm1a1p5w7w3t','prj_01m8nac20z3byazv2mpn16ahyy',2,'set_name','Renamed the flow to “Orders of two shops”','{"name":"Orders of two shops"}',39,'he shop','wo shops',4,'key_01m8nacaeybkcmne9wsyb5k4qs','2026-11-30T04:11:04.508Z');
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
INSERT INTO "events" VALUES('evt_01m8nac21dav17txxwz79a1eef','project.created','prj_01m8nac20z3byazv2mpn16ahyy',NULL,NULL,CAST('{"id":"evt_01m8nac21dav17txxwz79a1eef","created":"2026-11-30T04:10:53.869Z","updated":"2026-11-30T04:10:53.869Z","action":"project.created","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","data":{"project":{"id":"prj_01m8nac20z3byazv2mpn16ahyy","displayName":"Default"}}}' AS BLOB),'[]','2026-11-30T04:10:53.869Z');
INSERT INTO "events" VALUES('evt_01m8nac2ejjzzsprj11gap3nve','user.signed.up',NULL,'usr_01m8nac2e5czhxhzb03690q4qr',NULL,CAST('{"id":"evt_01m8nac2ejjzzsprj11gap3nve","created":"2026-11-30T04:10:54.290Z","updated":"2026-11-30T04:10:54.290Z","action":"user.signed.up","platformId":"switchyard","userId":"usr_01m8nac2e5czhxhzb03690q4qr","userEmail":"admin@example.com","data":{"user":{"id":"usr_01m8nac2e5czhxhzb03690q4qr","email":"admin@example.com","displayName":"admin","firstName":"admin","lastName":""},"source":"credentials"}}' AS BLOB),'[]','2026-11-30T04:10:54.290Z');
INSERT INTO "events" VALUES('evt_01m8nacagw7eh91c90shdqh0df','api_key.created','prj_01m8nac20z3byazv2mpn16ahyy',NULL,NULL,CAST('{"id":"evt_01m8nacagw7eh91c90shdqh0df","created":"2026-11-30T04:11:02.556Z","updated":"2026-11-30T04:11:02.556Z","action":"api_key.created","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","data":{"apiKey":{"id":"key_01m8nacaeybkcmne9wsyb5k4qs","displayName":"filler","role":"admin","last4":"TP41"}}}' AS BLOB),'[]','2026-11-30T04:11:02.556Z');
INSERT INTO "events" VALUES('evt_01m8nacbpy8xbmsqqwb371582z','connection.upserted','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs',NULL,CAST('{"id":"evt_01m8nacbpy8xbmsqqwb371582z","created":"2026-11-30T04:11:03.774Z","updated":"2026-11-30T04:11:03.774Z","action":"connection.upserted","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"connection":{"id":"con_01m8nacbpqbhns1t9kjtcmbbaq","displayName":"orders-signing","externalId":"orders-signing","pieceName":"webhook","status":"UNCHECKED","type":"CUSTOM_AUTH","created":"2026-11-30T04:11:03.767Z","updated":"2026-11-30T04:11:03.767Z"}}}' AS BLOB),'[]','2026-11-30T04:11:03.774Z');
INSERT INTO "events" VALUES('evt_01m8nacbr1j3qcw8fpsj8sq4h1','catalogue.created','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs',NULL,CAST('{"id":"evt_01m8nacbr1j3qcw8fpsj8sq4h1","created":"2026-11-30T04:11:03.808Z","updated":"2026-11-30T04:11:03.808Z","action":"catalogue.created","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"catalogue":{"id":"cat_01m8nacbqzszwayaynnznz46ac","displayName":"shop","source":"samples","events":2}}}' AS BLOB),'[]','2026-11-30T04:11:03.808Z');
INSERT INTO "events" VALUES('evt_01m8nacbs6a4hrj1e3skhpd5tk','event_destination.created','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs',NULL,CAST('{"id":"evt_01m8nacbs6a4hrj1e3skhpd5tk","created":"2026-11-30T04:11:03.846Z","updated":"2026-11-30T04:11:03.846Z","action":"event_destination.created","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"destination":{"id":"dst_01m8nacbrthbavdx6w06tjrf0x","displayName":"File","kind":"file","status":"active","reason":"","events":["flow.published"],"target":"events"}}}' AS BLOB),'[]','2026-11-30T04:11:03.846Z');
INSERT INTO "events" VALUES('evt_01m8nacbta560r7zzct6rk07a0','event_destination.created','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs',NULL,CAST('{"id":"evt_01m8nacbta560r7zzct6rk07a0","created":"2026-11-30T04:11:03.882Z","updated":"2026-11-30T04:11:03.882Z","action":"event_destination.created","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"destination":{"id":"dst_01m8nacbt66dtyqz1ehxb6ddwa","displayName":"Topic","kind":"topic","status":"active","reason":"","events":["flow.published"],"target":"published"}}}' AS BLOB),'[]','2026-11-30T04:11:03.882Z');
INSERT INTO "events" VALUES('evt_01m8nacbxqcymp9wxyf2agb3tt','flow.created','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacbxgfypdsm1a1p5w7w3t',CAST('{"id":"evt_01m8nacbxqcymp9wxyf2agb3tt","created":"2026-11-30T04:11:03.991Z","updated":"2026-11-30T04:11:03.991Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacbxgfypdsm1a1p5w7w3t","externalId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","displayName":"Orders","created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:03.984Z"}}}' AS BLOB),'[]','2026-11-30T04:11:03.991Z');
INSERT INTO "events" VALUES('evt_01m8nacbyym5ed0rqb4d7bew8e','flow.published','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacbxgfypdsm1a1p5w7w3t',CAST('{"id":"evt_01m8nacbyym5ed0rqb4d7bew8e","created":"2026-11-30T04:11:04.030Z","updated":"2026-11-30T04:11:04.030Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacbxgfypdsm1a1p5w7w3t","externalId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","displayName":"Orders","created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:04.030Z"},"flowVersion":{"id":"ver_01m8nacbyxmc9ej1ve5n3k8tkb","displayName":"Orders","flowId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","number":1,"created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:04.030Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.030Z');
INSERT INTO "events" VALUES('evt_01m8nacbyz870bccy1kchcrhrf','flow.activated','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacbxgfypdsm1a1p5w7w3t',CAST('{"id":"evt_01m8nacbyz870bccy1kchcrhrf","created":"2026-11-30T04:11:04.031Z","updated":"2026-11-30T04:11:04.031Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacbxgfypdsm1a1p5w7w3t","externalId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","displayName":"Orders","created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:04.031Z"},"flowVersion":{"id":"ver_01m8nacbyxmc9ej1ve5n3k8tkb","displayName":"Orders","flowId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","number":1,"created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:04.031Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.031Z');
INSERT INTO "events" VALUES('evt_01m8nacc72w3ky6m7jac3jcsa9','flow.run.failed','prj_01m8nac20z3byazv2mpn16ahyy',NULL,'flow_01m8nacbxgfypdsm1a1p5w7w3t',CAST('{"id":"evt_01m8nacc72w3ky6m7jac3jcsa9","created":"2026-11-30T04:11:04.288Z","updated":"2026-11-30T04:11:04.288Z","action":"flow.run.failed","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","data":{"flowRun":{"id":"run_01m8nacc6fqsrvwp3h634xp1ny","startTime":"2026-11-30T04:11:04.287Z","finishTime":"2026-11-30T04:11:04.288Z","duration":1,"environment":"PRODUCTION","flowId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","flowVersionId":"ver_01m8nacbyxmc9ej1ve5n3k8tkb","flowDisplayName":"Orders","status":"FAILED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":false,"warnings":0,"error":{"step":"call","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}}}}' AS BLOB),'["flow_01m8nacbxgfypdsm1a1p5w7w3t"]','2026-11-30T04:11:04.288Z');
INSERT INTO "events" VALUES('evt_01m8nacc7dm05nneq89bzfadzy','flow.run.unrouted','prj_01m8nac20z3byazv2mpn16ahyy',NULL,'flow_01m8nacbxgfypdsm1a1p5w7w3t',CAST('{"id":"evt_01m8nacc7dm05nneq89bzfadzy","created":"2026-11-30T04:11:04.296Z","updated":"2026-11-30T04:11:04.296Z","action":"flow.run.unrouted","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","data":{"flowRun":{"id":"run_01m8nacc73rvaptp68be8630f2","startTime":"2026-11-30T04:11:04.296Z","finishTime":"2026-11-30T04:11:04.296Z","duration":0,"environment":"PRODUCTION","flowId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","flowVersionId":"ver_01m8nacbyxmc9ej1ve5n3k8tkb","flowDisplayName":"Orders","status":"SUCCEEDED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":true,"warnings":0,"error":null}}}' AS BLOB),'["flow_01m8nacbxgfypdsm1a1p5w7w3t"]','2026-11-30T04:11:04.296Z');
INSERT INTO "events" VALUES('evt_01m8naccdar31m0c16qd2dv9de','flow.updated','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacbxgfypdsm1a1p5w7w3t',CAST('{"id":"evt_01m8naccdar31m0c16qd2dv9de","created":"2026-11-30T04:11:04.490Z","updated":"2026-11-30T04:11:04.490Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacbxgfypdsm1a1p5w7w3t","externalId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","displayName":"Orders of the shop","created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:04.486Z"},"request":{"type":"SET_NAME","request":{"revision":2,"sentence":"Renamed the flow to “Orders of the shop”","args":{"name":"Orders of the shop"}}}}}' AS BLOB),'[]','2026-11-30T04:11:04.490Z');
INSERT INTO "events" VALUES('evt_01m8naccdxrnk8mm82vrjx9zvk','flow.updated','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacbxgfypdsm1a1p5w7w3t',CAST('{"id":"evt_01m8naccdxrnk8mm82vrjx9zvk","created":"2026-11-30T04:11:04.509Z","updated":"2026-11-30T04:11:04.509Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacbxgfypdsm1a1p5w7w3t","externalId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","displayName":"Orders of two shops","created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:04.507Z"},"request":{"type":"SET_NAME","request":{"revision":3,"sentence":"Renamed the flow to “Orders of two shops”","args":{"name":"Orders of two shops"}}}}}' AS BLOB),'[]','2026-11-30T04:11:04.509Z');
INSERT INTO "events" VALUES('evt_01m8nacceh7x58x0p0tgeftv0t','flow.updated','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacbxgfypdsm1a1p5w7w3t',CAST('{"id":"evt_01m8nacceh7x58x0p0tgeftv0t","created":"2026-11-30T04:11:04.529Z","updated":"2026-11-30T04:11:04.529Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacbxgfypdsm1a1p5w7w3t","externalId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","displayName":"Orders of the shop","created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:04.528Z"},"request":{"type":"UNDO","request":{"revision":4,"sentence":"Undid: Renamed the flow to “Orders of two shops”"}}}}' AS BLOB),'[]','2026-11-30T04:11:04.529Z');
INSERT INTO "events" VALUES('evt_01m8naccfg7ey2wj3y9bz35dqn','folder.created','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs',NULL,CAST('{"id":"evt_01m8naccfg7ey2wj3y9bz35dqn","created":"2026-11-30T04:11:04.560Z","updated":"2026-11-30T04:11:04.560Z","action":"folder.created","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"folder":{"id":"fld_01m8naccfcjz04m38zc6zhm9qj","displayName":"Shop","created":"2026-11-30T04:11:04.556Z","updated":"2026-11-30T04:11:04.556Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.560Z');
INSERT INTO "events" VALUES('evt_01m8naccgg9fqeza67cmpyeysq','flow.updated','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacbxgfypdsm1a1p5w7w3t',CAST('{"id":"evt_01m8naccgg9fqeza67cmpyeysq","created":"2026-11-30T04:11:04.592Z","updated":"2026-11-30T04:11:04.592Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacbxgfypdsm1a1p5w7w3t","externalId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","displayName":"Orders of the shop","created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:04.528Z"},"request":{"type":"MOVE_TO_FOLDER","request":{"revision":4,"sentence":"Moved it to the folder “Shop”","args":{"folder":"fld_01m8naccfcjz04m38zc6zhm9qj"}}}}}' AS BLOB),'[]','2026-11-30T04:11:04.592Z');
INSERT INTO "events" VALUES('evt_01m8naccgh7vjj6mwspqsgykq1','flow.updated','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacbxgfypdsm1a1p5w7w3t',CAST('{"id":"evt_01m8naccgh7vjj6mwspqsgykq1","created":"2026-11-30T04:11:04.593Z","updated":"2026-11-30T04:11:04.593Z","action":"flow.updated","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacbxgfypdsm1a1p5w7w3t","externalId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","displayName":"Orders of the shop","created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:04.528Z"},"request":{"type":"SET_TAGS","request":{"revision":4,"sentence":"Set its tags to shop","args":{"tags":["shop"]}}}}}' AS BLOB),'[]','2026-11-30T04:11:04.593Z');
INSERT INTO "events" VALUES('evt_01m8nacch1jty702rrgn9fbh24','flow.created','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacch08m6j9pcne25058v7',CAST('{"id":"evt_01m8nacch1jty702rrgn9fbh24","created":"2026-11-30T04:11:04.609Z","updated":"2026-11-30T04:11:04.609Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacch08m6j9pcne25058v7","externalId":"flow_01m8nacch08m6j9pcne25058v7","displayName":"Agents","created":"2026-11-30T04:11:04.608Z","updated":"2026-11-30T04:11:04.608Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.609Z');
INSERT INTO "events" VALUES('evt_01m8nacch5h98jsd6zb3cdgze8','flow.published','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacch08m6j9pcne25058v7',CAST('{"id":"evt_01m8nacch5h98jsd6zb3cdgze8","created":"2026-11-30T04:11:04.613Z","updated":"2026-11-30T04:11:04.613Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacch08m6j9pcne25058v7","externalId":"flow_01m8nacch08m6j9pcne25058v7","displayName":"Agents","created":"2026-11-30T04:11:04.608Z","updated":"2026-11-30T04:11:04.613Z"},"flowVersion":{"id":"ver_01m8nacch5tv2gqn3866vbb33c","displayName":"Agents","flowId":"flow_01m8nacch08m6j9pcne25058v7","number":1,"created":"2026-11-30T04:11:04.608Z","updated":"2026-11-30T04:11:04.613Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.613Z');
INSERT INTO "events" VALUES('evt_01m8nacch629psm5fyqtxfzfdb','flow.activated','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacch08m6j9pcne25058v7',CAST('{"id":"evt_01m8nacch629psm5fyqtxfzfdb","created":"2026-11-30T04:11:04.614Z","updated":"2026-11-30T04:11:04.614Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacch08m6j9pcne25058v7","externalId":"flow_01m8nacch08m6j9pcne25058v7","displayName":"Agents","created":"2026-11-30T04:11:04.608Z","updated":"2026-11-30T04:11:04.613Z"},"flowVersion":{"id":"ver_01m8nacch5tv2gqn3866vbb33c","displayName":"Agents","flowId":"flow_01m8nacch08m6j9pcne25058v7","number":1,"created":"2026-11-30T04:11:04.608Z","updated":"2026-11-30T04:11:04.613Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.614Z');
INSERT INTO "events" VALUES('evt_01m8nacchf3f3yaj3mfrmbadfj','flow.created','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacche2x64aan1jm6z956v',CAST('{"id":"evt_01m8nacchf3f3yaj3mfrmbadfj","created":"2026-11-30T04:11:04.623Z","updated":"2026-11-30T04:11:04.623Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacche2x64aan1jm6z956v","externalId":"flow_01m8nacche2x64aan1jm6z956v","displayName":"Reader","created":"2026-11-30T04:11:04.622Z","updated":"2026-11-30T04:11:04.623Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.623Z');
INSERT INTO "events" VALUES('evt_01m8nacchwgdvkd12n10negvxc','flow.published','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacche2x64aan1jm6z956v',CAST('{"id":"evt_01m8nacchwgdvkd12n10negvxc","created":"2026-11-30T04:11:04.636Z","updated":"2026-11-30T04:11:04.636Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacche2x64aan1jm6z956v","externalId":"flow_01m8nacche2x64aan1jm6z956v","displayName":"Reader","created":"2026-11-30T04:11:04.622Z","updated":"2026-11-30T04:11:04.636Z"},"flowVersion":{"id":"ver_01m8nacchwx2vbtyqptca0dkfv","displayName":"Reader","flowId":"flow_01m8nacche2x64aan1jm6z956v","number":1,"created":"2026-11-30T04:11:04.622Z","updated":"2026-11-30T04:11:04.636Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.636Z');
INSERT INTO "events" VALUES('evt_01m8nacchxyjefx28x42t95xw3','flow.activated','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8nacche2x64aan1jm6z956v',CAST('{"id":"evt_01m8nacchxyjefx28x42t95xw3","created":"2026-11-30T04:11:04.637Z","updated":"2026-11-30T04:11:04.637Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacche2x64aan1jm6z956v","externalId":"flow_01m8nacche2x64aan1jm6z956v","displayName":"Reader","created":"2026-11-30T04:11:04.622Z","updated":"2026-11-30T04:11:04.636Z"},"flowVersion":{"id":"ver_01m8nacchwx2vbtyqptca0dkfv","displayName":"Reader","flowId":"flow_01m8nacche2x64aan1jm6z956v","number":1,"created":"2026-11-30T04:11:04.622Z","updated":"2026-11-30T04:11:04.636Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.637Z');
INSERT INTO "events" VALUES('evt_01m8naccr8kfzd805c5re5z456','flow.created','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8naccr7yf9g9s8tg8zw2s7p',CAST('{"id":"evt_01m8naccr8kfzd805c5re5z456","created":"2026-11-30T04:11:04.840Z","updated":"2026-11-30T04:11:04.840Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naccr7yf9g9s8tg8zw2s7p","externalId":"flow_01m8naccr7yf9g9s8tg8zw2s7p","displayName":"Switched off","created":"2026-11-30T04:11:04.839Z","updated":"2026-11-30T04:11:04.840Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.840Z');
INSERT INTO "events" VALUES('evt_01m8naccs3w2es6djvj8x00tt4','flow.published','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8naccr7yf9g9s8tg8zw2s7p',CAST('{"id":"evt_01m8naccs3w2es6djvj8x00tt4","created":"2026-11-30T04:11:04.867Z","updated":"2026-11-30T04:11:04.867Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naccr7yf9g9s8tg8zw2s7p","externalId":"flow_01m8naccr7yf9g9s8tg8zw2s7p","displayName":"Switched off","created":"2026-11-30T04:11:04.839Z","updated":"2026-11-30T04:11:04.866Z"},"flowVersion":{"id":"ver_01m8naccs2ez2ww455f2frta2d","displayName":"Switched off","flowId":"flow_01m8naccr7yf9g9s8tg8zw2s7p","number":1,"created":"2026-11-30T04:11:04.839Z","updated":"2026-11-30T04:11:04.866Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.867Z');
INSERT INTO "events" VALUES('evt_01m8naccs3dh7jfbz6gp9sp7n8','flow.activated','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8naccr7yf9g9s8tg8zw2s7p',CAST('{"id":"evt_01m8naccs3dh7jfbz6gp9sp7n8","created":"2026-11-30T04:11:04.867Z","updated":"2026-11-30T04:11:04.867Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naccr7yf9g9s8tg8zw2s7p","externalId":"flow_01m8naccr7yf9g9s8tg8zw2s7p","displayName":"Switched off","created":"2026-11-30T04:11:04.839Z","updated":"2026-11-30T04:11:04.867Z"},"flowVersion":{"id":"ver_01m8naccs2ez2ww455f2frta2d","displayName":"Switched off","flowId":"flow_01m8naccr7yf9g9s8tg8zw2s7p","number":1,"created":"2026-11-30T04:11:04.839Z","updated":"2026-11-30T04:11:04.867Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.867Z');
INSERT INTO "events" VALUES('evt_01m8naccsk5zkbt2yt2kspb4j6','flow.deactivated','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8naccr7yf9g9s8tg8zw2s7p',CAST('{"id":"evt_01m8naccsk5zkbt2yt2kspb4j6","created":"2026-11-30T04:11:04.883Z","updated":"2026-11-30T04:11:04.883Z","action":"flow.deactivated","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naccr7yf9g9s8tg8zw2s7p","externalId":"flow_01m8naccr7yf9g9s8tg8zw2s7p","displayName":"Switched off","created":"2026-11-30T04:11:04.839Z","updated":"2026-11-30T04:11:04.882Z"},"flowVersion":{"id":"ver_01m8naccs2ez2ww455f2frta2d","displayName":"Switched off","flowId":"flow_01m8naccr7yf9g9s8tg8zw2s7p","number":1,"created":"2026-11-30T04:11:04.839Z","updated":"2026-11-30T04:11:04.882Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.883Z');
INSERT INTO "events" VALUES('evt_01m8nacctags0jt95fffatv5ax','flow.created','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8naccta68tsqfj6p2nxwcva',CAST('{"id":"evt_01m8nacctags0jt95fffatv5ax","created":"2026-11-30T04:11:04.906Z","updated":"2026-11-30T04:11:04.906Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naccta68tsqfj6p2nxwcva","externalId":"flow_01m8naccta68tsqfj6p2nxwcva","displayName":"Deleted","created":"2026-11-30T04:11:04.906Z","updated":"2026-11-30T04:11:04.906Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.906Z');
INSERT INTO "events" VALUES('evt_01m8naccvh11k0dyr3bz2xdrpy','flow.deleted','prj_01m8nac20z3byazv2mpn16ahyy','key_01m8nacaeybkcmne9wsyb5k4qs','flow_01m8naccta68tsqfj6p2nxwcva',CAST('{"id":"evt_01m8naccvh11k0dyr3bz2xdrpy","created":"2026-11-30T04:11:04.945Z","updated":"2026-11-30T04:11:04.945Z","action":"flow.deleted","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naccta68tsqfj6p2nxwcva","externalId":"flow_01m8naccta68tsqfj6p2nxwcva","displayName":"Deleted","created":"2026-11-30T04:11:04.906Z","updated":"2026-11-30T04:11:04.906Z"}}}' AS BLOB),'[]','2026-11-30T04:11:04.945Z');
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
INSERT INTO "flow_versions" VALUES('ver_01m8nacbyxmc9ej1ve5n3k8tkb','prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8nacbxgfypdsm1a1p5w7w3t',1,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:11:04.029Z','key_01m8nacaeybkcmne9wsyb5k4qs');
INSERT INTO "flow_versions" VALUES('ver_baae7dee77cae6f201f8bc4ff1','prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8nacbxgfypdsm1a1p5w7w3t',0,'{
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
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:11:04.386Z','key_01m8nacaeybkcmne9wsyb5k4qs');
INSERT INTO "flow_versions" VALUES('ver_01m8nacch5tv2gqn3866vbb33c','prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8nacch08m6j9pcne25058v7',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3','','2026-11-30T04:11:04.613Z','key_01m8nacaeybkcmne9wsyb5k4qs');
INSERT INTO "flow_versions" VALUES('ver_01m8nacchwx2vbtyqptca0dkfv','prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8nacche2x64aan1jm6z956v',1,'{
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
','3be931eecb6ecbd0fc61304afc51c66254e2603dd9fd7a16a29849c9cd9c5ee0','','2026-11-30T04:11:04.636Z','key_01m8nacaeybkcmne9wsyb5k4qs');
INSERT INTO "flow_versions" VALUES('ver_01m8naccs2ez2ww455f2frta2d','prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8naccr7yf9g9s8tg8zw2s7p',1,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf','','2026-11-30T04:11:04.866Z','key_01m8nacaeybkcmne9wsyb5k4qs');
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
INSERT INTO "flows" VALUES('flow_01m8nacbxgfypdsm1a1p5w7w3t','prj_01m8nac20z3byazv2mpn16ahyy','Orders of the shop',1,'{
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
','1d44ca20eddf9c68d33631638c373c5f9b7ca94ad1a411bbcfb243672e760f4f',4,1,1,NULL,NULL,'fld_01m8naccfcjz04m38zc6zhm9qj','["shop"]','2026-11-30T04:11:03.984Z','2026-11-30T04:11:04.528Z','key_01m8nacaeybkcmne9wsyb5k4qs',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8nacch08m6j9pcne25058v7','prj_01m8nac20z3byazv2mpn16ahyy','Agents',1,'{
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
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3',1,0,1,'deck','["agent.created","agent.updated","agent.deleted","source.created","source.updated","source.deleted","connection.connecting","connection.connected","connection.invalid","connection.disconnected","connection.terminated","connection.interaction_required","task.created","task.updated","task.deleted","task_run.queued","task_run.running","task_run.pending","task_run.completed","task_run.failed","task_run.canceled","task_run.interaction_required","storage.created","storage.deleted","workflow_run.queued","workflow_run.running","workflow_run.sleeping","workflow_run.completed","workflow_run.failed","workflow_run.canceled","workflow_run.interaction_required","event_destination.activated","event_destination.deactivated","credential.created","credential.unverified","credential.verified","credential.invalid","credential.deleted","session.queued","session.running","session.idle","session.completing","session.completed","session.failed","task.reset","task_run.review_required","task_run.canceling","user.created"]',NULL,'[]','2026-11-30T04:11:04.608Z','2026-11-30T04:11:04.613Z','key_01m8nacaeybkcmne9wsyb5k4qs',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8nacche2x64aan1jm6z956v','prj_01m8nac20z3byazv2mpn16ahyy','Reader',1,'{
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
','3be931eecb6ecbd0fc61304afc51c66254e2603dd9fd7a16a29849c9cd9c5ee0',1,0,1,NULL,NULL,NULL,'[]','2026-11-30T04:11:04.622Z','2026-11-30T04:11:04.636Z','key_01m8nacaeybkcmne9wsyb5k4qs',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8naccr7yf9g9s8tg8zw2s7p','prj_01m8nac20z3byazv2mpn16ahyy','Switched off',0,'{
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
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf',1,0,1,NULL,NULL,NULL,'[]','2026-11-30T04:11:04.839Z','2026-11-30T04:11:04.882Z','key_01m8nacaeybkcmne9wsyb5k4qs',NULL,NULL);
INSERT INTO "flows" VALUES('flow_01m8naccta68tsqfj6p2nxwcva','prj_01m8nac20z3byazv2mpn16ahyy','Deleted',0,'{
  "format": 1,
  "name": "Deleted",
  "triggers": [],
  "start": null,
  "steps": {}
}
','7f21905ccfc50d17daf3a3782672a7e97196b4829ee62e9cb5735dc98c22d699',1,0,NULL,NULL,NULL,NULL,'[]','2026-11-30T04:11:04.906Z','2026-11-30T04:11:04.906Z','key_01m8nacaeybkcmne9wsyb5k4qs','2026-11-30T04:11:04.944Z','key_01m8nacaeybkcmne9wsyb5k4qs');
CREATE TABLE folders (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "folders" VALUES('fld_01m8naccfcjz04m38zc6zhm9qj','prj_01m8nac20z3byazv2mpn16ahyy','Shop','2026-11-30T04:11:04.556Z','2026-11-30T04:11:04.556Z');
CREATE TABLE journal (
	run_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	records BLOB NOT NULL,
	PRIMARY KEY (run_id, number)
);
INSERT INTO "journal" VALUES('run_01m8nacc3h1p80vhb68pzsvz09',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}},{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"order paid"},"output":"order paid","ms":76.16},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"order paid"}},"output":{"order":"order paid"},"ms":0.13}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nacc602tmxhc3hx4s1h5ad',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"later","branches":["Later"]},"branch":"Later","input":{"key":"later"}},{"name":"wait","type":"action","status":"waiting","piece":"delay","action":"delay_for","attempts":1,"input":{"duration":9,"unit":"days"},"resume_at":1796789464.268499,"state":{"since":"2026-11-30T04:11:04.268Z","until":"2026-12-09T04:11:04.268Z"},"ms":0.2}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nacc6fqsrvwp3h634xp1ny',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"broken","branches":["Broken"]},"branch":"Broken","input":{"key":"broken"}},{"name":"call","type":"action","status":"failed","piece":"http","action":"request","attempts":1,"input":{"method":"GET","url":"http://127.0.0.1:9/refused"},"error":{"kind":"address_refused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"},"log":[{"number":1,"started":"2026-11-30T04:11:04.287Z","ms":0.93,"error":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}],"ms":0.95}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8nacc73rvaptp68be8630f2',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"unheard of","branches":[]},"unrouted":true,"input":{"key":"unheard of"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naccakqc5twxc50yn9wt6v',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naccakqc5twxc50yn9wt6v',1,CAST('[{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"o-1"},"output":"o-1","ms":13.72},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.1}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8naccmyfd7arwmjsg0mpd44',0,CAST('[{"name":"note","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.11}]' AS BLOB));
CREATE TABLE members (
	project_id VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	PRIMARY KEY (project_id, user_id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "members" VALUES('prj_01m8nac20z3byazv2mpn16ahyy','usr_01m8nac2e5czhxhzb03690q4qr','admin');
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
INSERT INTO "projects" VALUES('prj_01m8nac20z3byazv2mpn16ahyy','Default','2026-11-30T04:10:53.855Z');
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
INSERT INTO "run_payloads" VALUES('run_01m8nacc3h1p80vhb68pzsvz09',CAST('{"method":"POST","headers":{"host":"127.0.0.1:37287","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=e0178a6491e6dc4a91c7602c81f51bf5ab713da44b7c0ffab85101077bb08172","content-length":"36"},"query":{},"body":{"kind": "paid", "id": "order paid"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nacc602tmxhc3hx4s1h5ad',CAST('{"method":"POST","headers":{"host":"127.0.0.1:37287","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=74fbf3832144052578f24d15a9b90deea9ad81858f65424cd3411fa0920dff83","content-length":"38"},"query":{},"body":{"kind": "later", "id": "order later"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nacc6fqsrvwp3h634xp1ny',CAST('{"method":"POST","headers":{"host":"127.0.0.1:37287","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8d39d9b49d14b5596da06970fc98d7fbca8e0a1402d3661f2e919c2ce792295e","content-length":"40"},"query":{},"body":{"kind": "broken", "id": "order broken"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8nacc73rvaptp68be8630f2',CAST('{"method":"POST","headers":{"host":"127.0.0.1:37287","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8c6c5cd2fe594abad4229957d53e1f683e729843a9c1a7b348ffccdb19dfd021","content-length":"48"},"query":{},"body":{"kind": "unheard of", "id": "order unheard of"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8naccakqc5twxc50yn9wt6v',CAST('{"method":"POST","headers":{},"query":{},"body":{"kind":"paid","id":"o-1"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8naccmyfd7arwmjsg0mpd44',CAST('{"method":"TOPIC","headers":{},"query":{},"topic":"orders.new","message_id":"msg_01m8naccj4k2bmdg7qpd6eefet","published":"2026-11-30T04:11:04.644Z","body":{"order":"o-1"}}' AS BLOB));
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
INSERT INTO "runs" VALUES('run_01m8nacc3h1p80vhb68pzsvz09','prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8nacbxgfypdsm1a1p5w7w3t','ver_01m8nacbyxmc9ej1ve5n3k8tkb',1,'production','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,76,'2026-11-30T04:11:04.177Z','2026-11-30T04:11:04.188Z','2026-11-30T04:11:04.264Z');
INSERT INTO "runs" VALUES('run_01m8nacc602tmxhc3hx4s1h5ad','prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8nacbxgfypdsm1a1p5w7w3t','ver_01m8nacbyxmc9ej1ve5n3k8tkb',1,'production','webhook','waiting',0,0,0,'["by_kind:Later","wait"]',NULL,NULL,'[]',NULL,NULL,'2026-12-09T04:11:04.268Z',0,'2026-11-30T04:11:04.256Z','2026-11-30T04:11:04.268Z',NULL);
INSERT INTO "runs" VALUES('run_01m8nacc6fqsrvwp3h634xp1ny','prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8nacbxgfypdsm1a1p5w7w3t','ver_01m8nacbyxmc9ej1ve5n3k8tkb',1,'production','webhook','failed',0,0,0,'["by_kind:Broken","call"]','{"step":"call","kind":"address_refused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}',NULL,'[]',NULL,NULL,NULL,1,'2026-11-30T04:11:04.271Z','2026-11-30T04:11:04.287Z','2026-11-30T04:11:04.288Z');
INSERT INTO "runs" VALUES('run_01m8nacc73rvaptp68be8630f2','prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8nacbxgfypdsm1a1p5w7w3t','ver_01m8nacbyxmc9ej1ve5n3k8tkb',1,'production','webhook','succeeded',1,0,0,'["by_kind"]',NULL,NULL,'[]',NULL,NULL,NULL,0,'2026-11-30T04:11:04.291Z','2026-11-30T04:11:04.296Z','2026-11-30T04:11:04.296Z');
INSERT INTO "runs" VALUES('run_01m8naccakqc5twxc50yn9wt6v','prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8nacbxgfypdsm1a1p5w7w3t','ver_baae7dee77cae6f201f8bc4ff1',0,'test','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,17,'2026-11-30T04:11:04.403Z','2026-11-30T04:11:04.419Z','2026-11-30T04:11:04.434Z');
INSERT INTO "runs" VALUES('run_01m8naccmyfd7arwmjsg0mpd44','prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8nacche2x64aan1jm6z956v','ver_01m8nacchwx2vbtyqptca0dkfv',1,'production','news','succeeded',0,0,0,'["note"]',NULL,NULL,'[]',NULL,NULL,NULL,2,'2026-11-30T04:11:04.734Z','2026-11-30T04:11:04.786Z','2026-11-30T04:11:04.789Z');
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
INSERT INTO "store_items" VALUES('prj_01m8nac20z3byazv2mpn16ahyy','flow_01m8nacbxgfypdsm1a1p5w7w3t','last order','"o-1"','2026-11-30T04:11:04.421Z');
CREATE TABLE subscriptions (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	source VARCHAR NOT NULL,
	at INTEGER NOT NULL,
	generation INTEGER NOT NULL,
	PRIMARY KEY (flow_id, "trigger")
);
INSERT INTO "subscriptions" VALUES('flow_01m8nacche2x64aan1jm6z956v','news','prj_01m8nac20z3byazv2mpn16ahyy','messages',4,1796011864656);
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
INSERT INTO "topic_messages" VALUES(1,'msg_06ff486d149b3d83ac89fb5ac4','prj_01m8nac20z3byazv2mpn16ahyy','published',CAST('{"id":"evt_01m8nacbyym5ed0rqb4d7bew8e","created":"2026-11-30T04:11:04.030Z","updated":"2026-11-30T04:11:04.030Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacbxgfypdsm1a1p5w7w3t","externalId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","displayName":"Orders","created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:04.030Z"},"flowVersion":{"id":"ver_01m8nacbyxmc9ej1ve5n3k8tkb","displayName":"Orders","flowId":"flow_01m8nacbxgfypdsm1a1p5w7w3t","number":1,"created":"2026-11-30T04:11:03.984Z","updated":"2026-11-30T04:11:04.030Z"}}}' AS BLOB),'destination:dst_01m8nacbt66dtyqz1ehxb6ddwa','[]','2026-11-30T04:11:04.178Z');
INSERT INTO "topic_messages" VALUES(2,'msg_d3572ba49768223fe6d912ea55','prj_01m8nac20z3byazv2mpn16ahyy','published',CAST('{"id":"evt_01m8nacch5h98jsd6zb3cdgze8","created":"2026-11-30T04:11:04.613Z","updated":"2026-11-30T04:11:04.613Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacch08m6j9pcne25058v7","externalId":"flow_01m8nacch08m6j9pcne25058v7","displayName":"Agents","created":"2026-11-30T04:11:04.608Z","updated":"2026-11-30T04:11:04.613Z"},"flowVersion":{"id":"ver_01m8nacch5tv2gqn3866vbb33c","displayName":"Agents","flowId":"flow_01m8nacch08m6j9pcne25058v7","number":1,"created":"2026-11-30T04:11:04.608Z","updated":"2026-11-30T04:11:04.613Z"}}}' AS BLOB),'destination:dst_01m8nacbt66dtyqz1ehxb6ddwa','[]','2026-11-30T04:11:04.622Z');
INSERT INTO "topic_messages" VALUES(3,'msg_b5a02b4c4e2d9c412f85514615','prj_01m8nac20z3byazv2mpn16ahyy','published',CAST('{"id":"evt_01m8nacchwgdvkd12n10negvxc","created":"2026-11-30T04:11:04.636Z","updated":"2026-11-30T04:11:04.636Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8nacche2x64aan1jm6z956v","externalId":"flow_01m8nacche2x64aan1jm6z956v","displayName":"Reader","created":"2026-11-30T04:11:04.622Z","updated":"2026-11-30T04:11:04.636Z"},"flowVersion":{"id":"ver_01m8nacchwx2vbtyqptca0dkfv","displayName":"Reader","flowId":"flow_01m8nacche2x64aan1jm6z956v","number":1,"created":"2026-11-30T04:11:04.622Z","updated":"2026-11-30T04:11:04.636Z"}}}' AS BLOB),'destination:dst_01m8nacbt66dtyqz1ehxb6ddwa','[]','2026-11-30T04:11:04.657Z');
INSERT INTO "topic_messages" VALUES(4,'msg_01m8naccj4k2bmdg7qpd6eefet','prj_01m8nac20z3byazv2mpn16ahyy','orders.new',CAST('{"order":"o-1"}' AS BLOB),'api:filler','[]','2026-11-30T04:11:04.644Z');
INSERT INTO "topic_messages" VALUES(5,'msg_da19deef0f9d43f91df335d64a','prj_01m8nac20z3byazv2mpn16ahyy','published',CAST('{"id":"evt_01m8naccs3w2es6djvj8x00tt4","created":"2026-11-30T04:11:04.867Z","updated":"2026-11-30T04:11:04.867Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8nac20z3byazv2mpn16ahyy","projectDisplayName":"Default","ip":"127.0.0.1","apiKeyId":"key_01m8nacaeybkcmne9wsyb5k4qs","apiKeyName":"filler","data":{"flow":{"id":"flow_01m8naccr7yf9g9s8tg8zw2s7p","externalId":"flow_01m8naccr7yf9g9s8tg8zw2s7p","displayName":"Switched off","created":"2026-11-30T04:11:04.839Z","updated":"2026-11-30T04:11:04.866Z"},"flowVersion":{"id":"ver_01m8naccs2ez2ww455f2frta2d","displayName":"Switched off","flowId":"flow_01m8naccr7yf9g9s8tg8zw2s7p","number":1,"created":"2026-11-30T04:11:04.839Z","updated":"2026-11-30T04:11:04.866Z"}}}' AS BLOB),'destination:dst_01m8nacbt66dtyqz1ehxb6ddwa','[]','2026-11-30T04:11:04.895Z');
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
INSERT INTO "users" VALUES('usr_01m8nac2e5czhxhzb03690q4qr','admin@example.com','admin','$argon2id$v=19$m=65536,t=3,p=4$fTuF4J6E2MuoUqmjXLiJoQ$PZ+aN72Yz23nEdIQJTJOZCMcsE9i0sCfoeogy8NG3Ys',1,0,'2026-11-30T04:10:54.277Z',NULL);
CREATE INDEX runs_ended_badly ON runs (project_id, id) WHERE status IN ('failed', 'timed_out', 'canceled');
CREATE INDEX runs_by_project ON runs (project_id, id);
CREATE INDEX runs_by_flow ON runs (flow_id, id);
CREATE INDEX runs_of_drafts ON runs (version_id) WHERE version = 0;
CREATE INDEX runs_open ON runs (status, flow_id) WHERE status IN ('queued', 'running', 'waiting');
CREATE INDEX runs_by_parent ON runs (parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX runs_resume ON runs (resume_at) WHERE status = 'waiting';
CREATE INDEX runs_unrouted ON runs (project_id, id) WHERE unrouted;
CREATE INDEX dedupe_by_age ON dedupe (created);
CREATE INDEX events_by_project_action ON events (project_id, action, id, user_id, flow_id);
CREATE INDEX events_by_flow ON events (flow_id, id, project_id, action, user_id) WHERE flow_id IS NOT NULL;
CREATE INDEX events_by_project ON events (project_id, id, action, user_id, flow_id);
CREATE INDEX events_by_action ON events (action, id, user_id, flow_id);
CREATE INDEX events_by_user ON events (user_id, id, project_id, action, flow_id) WHERE user_id IS NOT NULL;
CREATE INDEX destinations_by_project ON destinations (project_id, id);
CREATE INDEX deliveries_of_event ON deliveries (event_id);
CREATE INDEX deliveries_held ON deliveries (destination_id, id) WHERE status = 'held';
CREATE INDEX deliveries_of_key ON deliveries (destination_id, order_key, id) WHERE status = 'pending' AND order_key IS NOT NULL;
CREATE INDEX deliveries_due ON deliveries (destination_id, next_at, id) WHERE status = 'pending';
CREATE INDEX deliveries_in_order ON deliveries (destination_id, id) WHERE status = 'pending' AND order_key IS NOT NULL;
CREATE INDEX deliveries_dead ON deliveries (destination_id, id) WHERE status = 'dead';
CREATE INDEX deliveries_by_destination ON deliveries (destination_id, id);
CREATE INDEX delivery_attempts_by_time ON delivery_attempts (destination_id, started, kind, duration_ms);
CREATE INDEX ix_replays_destination_id ON replays (destination_id);
CREATE INDEX topic_messages_by_topic ON topic_messages (project_id, topic, number);
CREATE INDEX cuts_by_age ON cuts (created);
CREATE INDEX cuts_of_flow ON cuts (project_id, flow_id, id);
CREATE INDEX cuts_of_run ON cuts (project_id, run_id);
CREATE UNIQUE INDEX catalogues_by_name ON catalogues (project_id, name);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_setup_links_user_id ON setup_links (user_id);
CREATE INDEX ix_members_user_id ON members (user_id);
CREATE INDEX ix_api_keys_project_id ON api_keys (project_id);
CREATE UNIQUE INDEX connections_by_name ON connections (project_id, name);
CREATE UNIQUE INDEX folders_by_name ON folders (project_id, name);
CREATE INDEX flows_deleted ON flows (deleted) WHERE deleted IS NOT NULL;
CREATE INDEX flows_by_project ON flows (project_id, id);
CREATE INDEX flows_by_folder ON flows (folder_id);
CREATE UNIQUE INDEX draft_edits_by_number ON draft_edits (flow_id, number);
CREATE UNIQUE INDEX flow_drafts_by_digest ON flow_versions (flow_id, digest) WHERE number = 0;
CREATE UNIQUE INDEX flow_versions_by_number ON flow_versions (flow_id, number) WHERE number > 0;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('topic_messages',5);
COMMIT;
PRAGMA user_version=7;
