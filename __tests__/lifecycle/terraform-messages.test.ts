import { cleanText, describeDiagnostics, parseMessage } from '../../lifecycle/_terraform-messages';

const QUOTA =
  'Error creating openstack_compute_instance_v2: Expected HTTP response code [200 202] when accessing ' +
  '[POST http://172.24.4.2:8774/v2.1/servers], but got 403 instead\n' +
  '{"forbidden": {"code": 403, "message": "Quota exceeded for cores: Requested 4, but already used 18 of 20 cores"}}';

describe('messages of Terraform', () => {
  test('a finished step is a step', () => {
    const line = JSON.stringify({
      type: 'apply_complete',
      hook: {
        resource: {
          addr: 'openstack_compute_instance_v2.x',
          resource_type: 'openstack_compute_instance_v2',
          resource_name: 'x',
        },
        action: 'create',
        elapsed_seconds: 8,
      },
    });
    expect(parseMessage(line)).toEqual({
      kind: 'step',
      step: {
        state: 'complete',
        action: 'create',
        address: 'openstack_compute_instance_v2.x',
        type: 'openstack_compute_instance_v2',
        name: 'x',
        elapsedSeconds: 8,
      },
    });
  });

  test('what is no message is passed over', () => {
    expect(parseMessage('Error: no such option')).toBeUndefined();
    expect(parseMessage('{"type":"version"}')).toBeUndefined();
    expect(parseMessage('{"type":')).toBeUndefined();
  });

  test("the cloud's own words come out of the provider's report", () => {
    expect(cleanText(QUOTA)).toBe(
      'Error creating openstack_compute_instance_v2: Quota exceeded for cores: Requested 4, but already used 18 of 20 cores ' +
        '(HTTP 403 to POST http://172.24.4.2:8774/v2.1/servers)',
    );
  });

  test.each([
    ['http: ContentLength=80 with Body length 0', 'the connection was cut'],
    ['EOF', 'the connection was cut'],
    ['dial tcp 192.0.2.1:9696: connect: connection refused', 'dial tcp 192.0.2.1:9696: connect: connection refused'],
  ])('a request without an answer is told as that (%s)', (reason, told) => {
    const report = `Error creating port: Post "http://c:9696/v2.0/ports": OpenStack connection error, retries exhausted. Aborting. Last error was: ${reason}`;
    expect(cleanText(report)).toBe(
      `Error creating port: no answer from the cloud, ${told} (POST http://c:9696/v2.0/ports)`,
    );
  });

  test('half an answer is told as that', () => {
    expect(cleanText('Error creating openstack_networking_secgroup_v2: unexpected EOF')).toBe(
      "Error creating openstack_networking_secgroup_v2: the cloud's answer broke off half-way",
    );
  });

  test("Neutron's way of saying it, and an answer that is no JSON", () => {
    const report = (body: string) =>
      `Error creating port: Expected HTTP response code [201] when accessing [POST http://a/b], but got 409 instead\n${body}`;
    expect(
      cleanText(
        report(
          '{"NeutronError": {"type": "OverQuota", "message": "Quota exceeded for resources: [\'port\'].", "detail": ""}}',
        ),
      ),
    ).toBe("Error creating port: Quota exceeded for resources: ['port'] (HTTP 409 to POST http://a/b)");
    expect(cleanText(report('<html>busy</html>'))).toBe(
      'Error creating port: <html>busy</html> (HTTP 409 to POST http://a/b)',
    );
  });

  test('the other form of a report', () => {
    const report =
      'Error disassociating floating_ip a: Resource not found: [PUT http://c:9696/v2.0/floatingips/a], error message: ' +
      '{"NeutronError": {"type": "FloatingIPNotFound", "message": "Floating IP a could not be found", "detail": ""}}';
    expect(cleanText(report)).toBe(
      'Error disassociating floating_ip a: Floating IP a could not be found (Resource not found to PUT http://c:9696/v2.0/floatingips/a)',
    );
  });

  test('every failure is told once, with its resource', () => {
    const failure = {
      severity: 'error',
      summary: QUOTA,
      detail: '',
      address: 'openstack_compute_instance_v2.a',
    } as const;
    const text = describeDiagnostics([failure, failure, { ...failure, address: 'openstack_compute_instance_v2.b' }]);
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toContain('(openstack_compute_instance_v2.b)');
  });
});
