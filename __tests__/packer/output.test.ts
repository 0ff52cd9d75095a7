import { failuresOf, imageIdOf, type PackerLine, tryMessage, tryPackerLine } from '../../packer/output';

const OUTPUT = `1796000000,,version,1.6.6
1796000001,,ui,say,==> openstack: Launching server...
1796000001,,ui,message,    openstack: Server ID: 96621af9
1796000002,,ui,say,==> openstack: one%!(PACKER_COMMA) two\\nthree
1796000003,openstack,artifact,0,builder-id,mitchellh.openstack
1796000003,openstack,artifact,0,id,14cada42-b8a5
1796000003,openstack,artifact,0,string,An image was created: 14cada42-b8a5
1796000003,openstack,artifact,0,end`;

const lines = (text: string): PackerLine[] => text.split('\n').flatMap((line) => tryPackerLine(line) ?? []);

test('what is said to people, without marks and the name of the build', () => {
  expect(lines(OUTPUT).flatMap((line) => tryMessage(line) ?? [])).toEqual([
    'Launching server...',
    'Server ID: 96621af9',
    'one, two\nthree',
  ]);
});

test('the id of the image, also where its region stands before it', () => {
  expect(imageIdOf(lines(OUTPUT))).toBe('14cada42-b8a5');
  expect(imageIdOf(lines('1,openstack,artifact,0,id,North:14cada42-b8a5'))).toBe('14cada42-b8a5');
  expect(imageIdOf(lines('1,openstack,error,Timeout'))).toBeUndefined();
});

test('why it failed, each reason once', () => {
  const failed = `1,,ui,error,==> openstack: Error waiting for server: ERROR
2,openstack,error,Error waiting for server: ERROR
3,,ui,error,Build 'openstack' errored after 5 seconds: Error waiting for server: ERROR`;
  expect(failuresOf(lines(failed))).toEqual([
    'Error waiting for server: ERROR',
    "Build 'openstack' errored after 5 seconds: Error waiting for server: ERROR",
  ]);
});

test('lines of other programs are none', () => {
  for (const text of ['', 'panic: oh', 'a,b,c', '1796000000']) expect(tryPackerLine(text)).toBeUndefined();
});
