/** The reason to abort a training with: whether it shall hand out a checkpoint of its last step before it ends. */
export class StopRequest extends Error {
  override readonly name = 'StopRequest';

  constructor(readonly checkpoint: boolean) {
    super(checkpoint ? 'stop with a checkpoint' : 'stop');
  }
}
