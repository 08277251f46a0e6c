import { OmitType } from '@nestjs/swagger';
import { DomainError } from '#domain';
import { Changes } from './changes.js';
import { Name, NestedMapField, Slug, Text } from './fields.js';
import { RequestPipe } from './request.pipe.js';

class PartDto {
  @Text({ max: 10 })
  install: string;
}

class CreateThingDto {
  @Slug()
  tenant: string;

  @Name()
  name: string;

  @Name({ optional: true, nullable: true })
  domain?: string | null;

  @NestedMapField(() => PartDto, '#', { keys: { max: 5 }, max: 2 })
  parts: Map<string, PartDto>;
}

class ChangeThingDto extends Changes(OmitType(CreateThingDto, ['tenant'])) {}

/** The fields that are refused. */
async function refused(body: object): Promise<string[]> {
  try {
    await new RequestPipe().transform(body, { type: 'body', metatype: ChangeThingDto });
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.faults.map(({ path }) => path);
  }
}

describe('the body of a change', () => {
  it('may leave out every field', async () => {
    expect(await refused({})).toEqual([]);
    expect(await refused({ name: 'North' })).toEqual([]);
  });

  it('has null only where the field itself takes it', async () => {
    expect(await refused({ domain: null })).toEqual([]);
    expect(await refused({ name: null, parts: null })).toEqual(['name', 'parts']);
  });

  it('is checked like the body that creates, and does not take what was left out of it', async () => {
    expect(await refused({ name: ' ', parts: { linux: { install: 7 } }, tenant: 'default' })).toEqual(
      expect.arrayContaining(['name', 'tenant']),
    );
    expect(await refused({ parts: { linux: { install: 7 } } })).not.toEqual([]);
    expect(await refused({ parts: { linux: { install: 'x' } } })).toEqual([]);
  });
});
