import random, pytest
from test_storage import fat, tool, MIB, ADDR
from vireo import Disk

def fsck(img):
    import subprocess
    r = subprocess.run(["/usr/sbin/fsck.fat","-n",str(img)],capture_output=True,text=True)
    print(r.stdout)
    return r.returncode

@pytest.mark.parametrize("bits,mib,sector", [(12,4,512),(16,32,512),(32,64,512),(32,300,4096)])
def test_all(machine, work, bits, mib, sector):
    img = work/"d.img"
    fat(img, mib, bits, sector)
    m = machine(disks=[Disk(img, bs=sector)])
    print(m.cmd("date").out)
    for c in ["fatinfo virtio 0", "ls virtio 0", "mw.b 40400000 5a 100000",
      "save virtio 0 40400000 /new.bin 1234", "save virtio 0 40400000 '/A new name.bin' 80000",
      "fatwrite virtio 0 40400000 /r.bin 4000", "save virtio 0 40400000 /r.bin 100 ffffffffffffffff",
      "save virtio 0 40400000 /r.bin 100 5000", "save virtio 0 40400000 /r.bin 100 50", "save virtio 0 40400000 '/x?.bin' 10",
      "save virtio 0 40400000 /nodir/x 10", "save virtio 0 40400000 /r.bin/x 10", "save virtio 0 40400000 /dir 10",
      "mkdir virtio 0 /D1", "mkdir virtio 0 /D1", "mkdir virtio 0 '/D1/Long Directory name with umlaut'", "touch virtio 0 /D1/t", "touch virtio 0 /D1/t",
      "rm virtio 0 /D1", "rm virtio 0 /D1/t", "mv virtio 0 /new.bin /D1", "ls virtio 0 /D1", "mv virtio 0 /D1 '/D1/Long Directory name with umlaut/x'",
      "mv virtio 0 '/Hello World.txt' /hello.txt", "mv virtio 0 /hello.txt /Hello.txt", "mv virtio 0 /Hello.txt '/Now a much longer name than before.text'", "mv virtio 0 /dir /D1", "mv virtio 0 /D1 /moved", "ls virtio 0", "ls virtio 0 /moved", "rm virtio 0 /", "rm virtio 0 /nope",
      "mv virtio 0 /nope /x", "mv virtio 0 '/A new name.bin' /r.bin", "ls virtio 0", "touch virtio 0 /moved"]:
        r = m.cmd(c)
        print("=>", c, "\n", r.out, "rc", r.rc)
    m.close() if hasattr(m,"close") else None
    print(tool("mdir","-i",img,"-/","::").decode())
    print(tool("mdir","-i",img,"-a","::").decode())
    assert fsck(img) == 0
