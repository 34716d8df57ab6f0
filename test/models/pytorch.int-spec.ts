import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeModel } from '@fathom/artifacts';
import { useTempDir } from '@fathom/testkit';
import { describePython, runPython } from './python';
import { expectClose, logSoftmax, trainNet } from './trained-net';

describePython('a model folder in PyTorch', ['torch', 'torchvision', 'safetensors'], () => {
  const dir = useTempDir();

  it('loads into torchvision with strict=True, and says what the trained net says', async () => {
    const { model, images, logProbabilities } = await trainNet({
      depth: 18,
      family: 'imagenet',
      emaDecay: 0.5,
    });
    await writeModel(join(dir.path, 'model'), model);
    writeFileSync(join(dir.path, 'images'), images);
    const script = `
import json, sys, torch, torchvision
from safetensors.torch import load_file
folder = sys.argv[1]
about = json.load(open(folder + '/model/model.json'))
size = about['input']['imageSize']
net = torchvision.models.resnet18(num_classes=len(about['classes'])).eval()
net.load_state_dict(load_file(folder + '/model/model.safetensors'), strict=True)
pixels = torch.frombuffer(bytearray(open(folder + '/images', 'rb').read()), dtype=torch.uint8)
pixels = pixels.reshape(-1, size, size, 3).permute(0, 3, 1, 2) / 255
channel = lambda name: torch.tensor(about['input'][name]).reshape(1, -1, 1, 1)
with torch.no_grad():
    print(json.dumps(net((pixels - channel('mean')) / channel('std')).tolist()))`;
    const logits = runPython(script, dir.path) as number[][];
    expectClose(logits.map(logSoftmax), logProbabilities);
  });
});
